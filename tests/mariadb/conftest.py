"""One MariaDB for all tests of this directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mariadb import server as servers
from tests.mariadb.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if reason := servers.missing():
        pytest.skip(reason)
    with servers.serving(tmp_path_factory.mktemp("mariadb")) as running:
        yield running


@pytest.fixture
def work(tmp_path: Path) -> Path:
    if reason := servers.missing():
        pytest.skip(reason)
    return tmp_path
