"""If an environment cannot be made, `make` says why in one line, and at once."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.package import ROOT

TOOLS = ("bash", "cat", "cksum", "df", "awk", "dirname", "head", "rm", "mktemp", "grep", "env", "sed")
SHOWN = "Python 3.8.18"


@pytest.fixture
def checkout(tmp_path) -> Path:
    """As much of a checkout as the script reads, beside a folder of programs that is all of PATH."""
    made = tmp_path / "checkout"
    for name in (
        "infra/local/setup.sh",
        "infra/uv.py",
        "locks/uv.txt",
        "locks/run.txt",
        "locks/report.txt",
        "locks/dev.txt",
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
    """Run the script, which fails. Returns the one line that it ends with."""
    environment = {"PATH": str(checkout.parent / "bin"), **variables}
    script = str(checkout / "infra/local/setup.sh")
    done = subprocess.run([script, "run"], env=environment, capture_output=True, text=True, timeout=10, check=False)
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


PYTHON = """case $* in
  *'pip --version'*) exit 0 ;;
  *'pip install'*) echo '{pip}' >&2; exit {failed} ;;
  *uv.py*) echo '{uv}' >&2; exit 1 ;;
  *) exit 0 ;;
esac"""


def environment(checkout: Path, *, pip: str = "", uv: str = "") -> None:
    """Create an environment whose pip and uv print these words and fail. Without words, pip does not fail."""
    program(checkout, "python3", "[[ $1 = -c ]]")
    python = checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/usr/bin/env bash\n" + PYTHON.format(pip=pip, failed=int(bool(pip)), uv=uv) + "\n")
    python.chmod(0o755)


def test_no_network_for_uv_itself(checkout):
    environment(checkout, pip="WARNING: Temporary failure in name resolution")
    assert "could not install packages (is there a network?): failure in name resolution" in refusal(checkout)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("  Caused by: dns error", "dns error"),
        ("  Caused by: No space left on device (os error 28)", "No space left on device"),
        ("error: Hash mismatch for `x==1`", "Hash mismatch"),
        ("error: something else", "error: something else"),
        ("", "no reason is given"),
    ],
)
def test_packages_that_cannot_be_installed(checkout, said, shown):
    environment(checkout, uv=said)
    assert refusal(checkout).endswith(f"(is there a network?): {shown}\n")


@pytest.mark.parametrize(
    ("present", "asked", "done"),
    [("run", "run", True), ("dev", "run", True), ("dev", "dev", True), ("run", "dev", False)],
)
def test_what_is_there_already_is_not_made_again(checkout, present, asked, done):
    environment(checkout, uv="error: it was not there")
    python = checkout / ".venv/bin/python"
    failing = python.read_text()
    python.write_text("#!/usr/bin/env bash\nexit 0\n")
    script = str(checkout / "infra/local/setup.sh")
    path = {"PATH": str(checkout.parent / "bin")}
    subprocess.run([script, present], env=path, capture_output=True, timeout=10, check=True)
    python.write_text(failing)
    again = subprocess.run([script, asked], env=path, capture_output=True, timeout=10, check=False)
    assert (again.returncode == 0) is done
