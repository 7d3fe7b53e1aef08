"""Where an environment cannot be made, `make` says why in one line, and at once."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.package import ROOT

TOOLS = ("bash", "cat", "cksum", "df", "awk", "dirname", "head", "rm", "mktemp", "grep", "env")
SHOWN = "Python 3.8.18"


@pytest.fixture
def checkout(tmp_path) -> Path:
    """As much of one as the script reads, beside a folder of programs that is all of PATH."""
    made = tmp_path / "checkout"
    for name in (
        "infra/local/setup.sh",
        "constraints.txt",
        "requirements.txt",
        "requirements-images.txt",
        "requirements-dev.txt",
    ):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, made / name)
    (made / "clients/python").mkdir(parents=True)
    shutil.copy(ROOT / "clients/python/pyproject.toml", made / "clients/python")
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (programs / tool).symlink_to(found)
    return made


def program(checkout: Path, name: str, lines: str) -> None:
    path = checkout.parent / "bin" / name
    path.write_text(f"#!/usr/bin/env bash\n{lines}\n")
    path.chmod(0o755)


def refusal(checkout: Path, **variables: str) -> str:
    """The one line that the script ends with."""
    environment = {"PATH": str(checkout.parent / "bin"), **variables}
    script = str(checkout / "infra/local/setup.sh")
    done = subprocess.run([script], env=environment, capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_python_that_is_too_old(checkout):
    program(checkout, "python3", f'[[ $1 = --version ]] && echo "{SHOWN}"; exit 1')
    assert f"3.11 or newer is needed, and python3 is {SHOWN};" in refusal(checkout)


def test_no_python_at_all(checkout):
    assert "python3 is not there, or does not run;" in refusal(checkout)


def test_a_wrong_PYTHON(checkout):  # noqa: N802 - the variable's name
    program(checkout, "python3", "exit 0")
    assert "/nope is not there, or does not run; set PYTHON=" in refusal(checkout, PYTHON="/nope")


def test_a_python_without_venv(checkout):
    program(checkout, "python3", "[[ $1 = -c ]]")
    assert "python3-venv" in refusal(checkout)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_to(checkout):
    program(checkout, "python3", "[[ $1 = -c ]]")
    checkout.chmod(0o555)
    try:
        assert f"cannot write to {checkout}" in refusal(checkout)
    finally:
        checkout.chmod(0o755)
