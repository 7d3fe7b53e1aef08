"""One Parley per directory: a second one is refused, and what a killed one left is removed at the next start."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local import workspace
from infra.local.workspace import CannotStart, Place

HOLD_AND_DIE = """
import os, signal, sys
from pathlib import Path
from infra.local.workspace import Place
held = Place(Path(sys.argv[1])).__enter__()
(held.temporary / "worker.py").write_text("")
held.home("ada").mkdir()
held.log.write_text("said")
os.kill(os.getpid(), signal.SIGKILL)
"""


def names(path: Path) -> set[str]:
    return {p.name for p in path.iterdir()}


@pytest.fixture
def killed(tmp_path) -> Path:
    """The place of a Parley that was killed."""
    path = tmp_path / "4566"
    root = Path(__file__).parents[4]
    subprocess.run([sys.executable, "-c", HOLD_AND_DIE, path], cwd=root, check=False)
    assert names(path) == {"tmp", "ada", "ministack.log", "lock"}
    return path


def test_a_place_is_in_use_while_it_is_held_and_asking_creates_nothing(tmp_path: Path):
    place = Place(tmp_path / "1")
    assert not workspace.in_use(place)
    assert not place.path.exists()
    with place:
        assert workspace.in_use(Place(place.path))
    assert not workspace.in_use(place)


def test_a_second_one_is_told_and_harms_nothing(tmp_path):
    with Place(tmp_path / "4566") as first:
        (first.temporary / "worker.py").write_text("")
        first.log.write_text("said")
        with pytest.raises(CannotStart, match=r"another Parley is at work in .*/4566;"), Place(first.path):
            pass
        workspace.clean(tmp_path)
        assert (first.temporary / "worker.py").exists()
        assert first.log.read_text() == "said"


def test_only_the_log_is_left(tmp_path):
    with Place(tmp_path / "4566") as held:
        held.log.write_text("said")
        held.home("ada").mkdir()
    assert names(held.path) == {"ministack.log", "lock"}
    with Place(held.path):
        pass


def test_one_that_takes_a_killed_ones_place_finds_it_empty(killed):
    with Place(killed) as held:
        assert names(killed) == {"tmp", "ministack.log", "lock"}
        assert not names(held.temporary)


def test_what_a_killed_one_left_is_cleaned_but_for_its_log(killed):
    workspace.clean(killed.parent)
    assert names(killed) == {"ministack.log", "lock"}


def test_an_old_log_goes_with_its_directory(killed):
    long_ago = time.time() - 2 * 86_400
    os.utime(killed / "ministack.log", (long_ago, long_ago))
    workspace.clean(killed.parent)
    assert not killed.exists()


def test_what_is_no_place_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "file").write_text("")
    workspace.clean(tmp_path)
    workspace.clean(tmp_path / "nowhere")
    assert names(tmp_path) == {"mine", "file"}


def test_a_place_that_cannot_be_written_to_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match=r"^cannot write to .*: [^\n]*$"), Place(tmp_path / "file" / "4566"):
        pass


def test_every_port_has_its_own():
    assert workspace.at(4566).path != workspace.at(4600).path
    assert workspace.at(4566).log.parent == workspace.at(4566).path
