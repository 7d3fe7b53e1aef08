"""A Parley that cannot have its ports is refused at once, and leaves everything as it was."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import ports, workspace
from infra.local.stack import running
from infra.local.workspace import CannotStart, Place

pytestmark = pytest.mark.enable_socket  # binds ports of 127.0.0.1, and connects to nothing


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(workspace, "BASE", tmp_path / "local")
    return tmp_path / "local"


@pytest.fixture
def somebody() -> Iterator[socket.socket]:
    """Somebody who serves at a port whose neighbours are free."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            try:
                for neighbour in (-1, 1):
                    socket.create_server(("127.0.0.1", listening.getsockname()[1] + neighbour)).close()
            except (OSError, OverflowError):
                continue
            yield listening
            return


@pytest.fixture
def taken(somebody: socket.socket) -> int:
    """The port that somebody serves at."""
    port: int = somebody.getsockname()[1]
    return port


def refusal(port: int, *, fresh: bool = False) -> str:
    with pytest.raises(CannotStart) as refused, running(port, keep=True, fresh=fresh):
        pass
    return str(refused.value)


def test_a_port_that_is_taken_is_said_and_nothing_is_created(base: Path, taken: int):
    assert refusal(taken).startswith(f"port {taken} is taken")
    assert not base.exists()


def test_so_is_the_port_of_the_page(base: Path, taken: int):
    assert refusal(taken - 1).startswith(f"the page is served at the port after PARLEY_PORT, and port {taken} is taken")
    assert not base.exists()


def test_a_port_without_one_after_it_is_refused(base: Path):
    assert "must be below 65535" in refusal(65_535)
    assert not base.exists()


@pytest.mark.parametrize("before", [0, 1])
def test_what_was_kept_is_not_forgotten_for_a_start_that_is_refused(base: Path, taken: int, before: int):
    kept = base / str(taken - before) / "state" / "people.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("[]")
    refusal(taken - before, fresh=True)
    assert [path for path in base.rglob("*") if path.is_file()] == [kept]


def test_while_another_one_runs_nothing_is_waited_for(base: Path, taken: int):
    with Place(base / str(taken)) as held:
        began = time.monotonic()
        with pytest.raises(CannotStart, match="another Parley is at work"):
            ports.refuse_early(taken, Place(held.path), limit=60)
        assert time.monotonic() - began < 30


def test_what_a_killed_one_has_started_is_given_time_to_end(base: Path, somebody: socket.socket, taken: int):
    place = Place(base / "1")
    place.temporary.mkdir(parents=True)
    ending = threading.Timer(0.05, somebody.close)
    ending.start()
    ports.refuse_early(taken, place, limit=60)
    ending.join()


def test_what_nobody_has_left_is_not_waited_for(base: Path, taken: int):
    began = time.monotonic()
    with pytest.raises(CannotStart, match="is taken"):
        ports.refuse_early(taken, Place(base / "1"), limit=60)
    assert time.monotonic() - began < 30
