"""What every test gets: no real AWS, and no socket unless its folder is about sockets."""

import re
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

SOCKETS_ALLOWED = {"artifact", "browser", "contract", "e2e", "load", "mariadb"}
# contract: the DynamoDB named by PARLEY_TEST_DYNAMODB_URL. mariadb: a server of their own. Everything else runs in
# memory or in-process.


@pytest.fixture(autouse=True)
def _offline(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not SOCKETS_ALLOWED.intersection(Path(item.path).parts):
            item.add_marker(pytest.mark.disable_socket)


class _Groups(LoadScopeScheduling):
    """One process runs a module, or everything on one deployment: what is made for many tests is made once."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        if module.startswith("tests/browser/"):
            return "tests/browser"
        plane = re.search(r"\[(gateway|emulator|remote)\b", test)
        return plane[1] if plane and module.startswith("tests/e2e/") else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _Groups(config, log)
