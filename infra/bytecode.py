"""Byte code for the functions' packages, so that a cold start need not compile what it imports.

Lambda's code directory cannot be written to, so Python could never keep what it has compiled. Byte code does not depend
on the platform, but on the version of Python, which a magic number at the start of every file names. Python reads it
here without a look at its source (PEP 552, "unchecked"): the source's time is lost in a zip, and both are packed
together.
"""

import importlib.util
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from infra import uv

TASK_ROOT = "/var/task"
"""Where Lambda unpacks a package ("Defined runtime environment variables" in the Lambda developer guide)."""
HEADER = 16
"""The bytes before a file's code: the magic number, the flags, and the source's hash (PEP 552)."""
UNCHECKED = (1).to_bytes(4, "little")
"""The flags of byte code that names its source by a hash which Python does not look at."""

_MAGIC = {"3.13": 3571}
# By the version of Python, for those of Lambda's images. Source: CPython's Include/internal/pycore_magic_number.h.
_ASKING = "import importlib.util, sys; sys.stdout.write(importlib.util.MAGIC_NUMBER.hex())"


class CannotCompile(Exception):
    """A module could not be compiled. The message is one readable line."""


def magic(python: str) -> bytes:
    """Return the magic number of a version of Python: one of Lambda's, or this process's own."""
    if python in _MAGIC:
        return _MAGIC[python].to_bytes(2, "little") + b"\r\n"
    return importlib.util.MAGIC_NUMBER


@lru_cache
def compiler(python: str) -> str | None:
    """Return the path of a Python that compiles for this version: this process's own, one of uv's, or one on PATH.

    Returns:
        None if there is none. A Python that says it is of this version, but whose byte code is of another one (as that
        of a version before the release is), does not count.
    """
    if magic(python) == importlib.util.MAGIC_NUMBER:
        return sys.executable
    found = _found(python)
    return found if found and _magic_of(found) == magic(python) else None


def compile_all(directory: Path, path: str) -> None:
    """Compile every module in a directory. The same sources give the same byte code.

    Args:
        directory: where the modules are. Their byte code names them as they are under ``TASK_ROOT``.
        path: a ``compiler``.

    Raises:
        CannotCompile: a module is not valid in this version of Python.
    """
    command = [path, "-I", "-S", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(directory), "-p", TASK_ROOT, str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words only
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip().splitlines() or ["no reason is given"]
        raise CannotCompile(f"could not compile the functions' modules: {said[0].strip()}")


def _found(python: str) -> str | None:
    command = [str(uv.executable()), "python", "find", "--no-project", f"cpython@{python}"]
    done = subprocess.run(  # noqa: S603 - our own words only
        command, capture_output=True, text=True, check=False, env=uv.environment()
    )
    return done.stdout.strip() or None


def _magic_of(path: str) -> bytes | None:
    command = [path, "-I", "-S", "-c", _ASKING]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words only
    return bytes.fromhex(done.stdout) if done.returncode == 0 else None
