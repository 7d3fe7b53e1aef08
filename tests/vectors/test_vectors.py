"""The vectors are up to date, the reference passes them, and they notice when it is broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vectors import replay

_CLIENT = Path("clients/python/parley_client")
_MUTATIONS = {
    "the cursor jumps over a gap": ("gaps", "if entry.seq == cursor + 1", "if entry.seq > cursor"),
    "another user's token is used": ("connection", "given.subject != self._user", "given.subject == ''"),
    "a socket that is silent is kept": ("session", "if not alive:", "if False:"),
    "a conflict is final": ("session", 'refusal.code == "conflict"', 'refusal.code == "conflicts"'),
    "what is seen to be stored is not repeated": ("outbox", "if item.after_sync:", "if True:"),
    "what may be archived is sent again": ("session", "in self._outbox.doubtful(conversation)", "in ()"),
    "marks go back": ("marks", "read=max(known.read, marks.read)", "read=marks.read"),
    "every page names all": ("sync", "(c for c in known if c > page.done)", "known"),
    "typing is shown for longer": ("constants", "TYPING_SHOWN = 5.0", "TYPING_SHOWN = 6.0"),
    "a first message names the conversation": ("wire", "if message.to and after == 0", "if message.to and after < 0"),
}


def test_they_are_made_from_the_reference_as_it_is():
    done = _python("-m", "tests.vectors", "--check")
    assert done.returncode == 0, done.stderr


def test_the_reference_does_as_they_say():
    assert [wrong for scenario in replay.scenarios() for wrong in replay.differences(scenario)] == []


@pytest.mark.parametrize("name", _MUTATIONS)
def test_a_broken_reference_is_noticed(name: str, tmp_path: Path):
    module, before, after = _MUTATIONS[name]
    mutant = tmp_path / "parley_client"
    shutil.copytree(_CLIENT, mutant, ignore=shutil.ignore_patterns("__pycache__"))
    source = mutant / "protocol" / f"{module}.py"
    text = source.read_text(encoding="utf-8")
    assert text.count(before) == 1
    source.write_text(text.replace(before, after), encoding="utf-8")
    assert _python("-m", "tests.vectors.replay", path=str(tmp_path)).returncode == 1


def _python(*arguments: str, path: str = "clients/python") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": f"{path}:."}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, check=False, capture_output=True, text=True, timeout=300
    )
