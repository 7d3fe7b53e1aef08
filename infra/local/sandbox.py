"""Lambda's sandbox, for a process that runs a function on this machine: what it may write, its variables, and its log.

On Lambda a function's code is on a read-only file system, and only /tmp can be written. Here an audit hook raises the
same error. It works for root too, whom no mode bits would stop. It sees what Python's own functions are asked for,
which is how a function comes to write in the wrong place, but not what a C library or another program writes.

This module uses only the standard library, because it runs beside the functions' code. As a program, it is what the
embedded AWS starts for its functions (``infra.local.in_emulator.functions``): ``python -I -S -B sandbox.py <runtime
directory> <the embedded AWS's program>``.

Sources: "Understanding the Lambda execution environment lifecycle" and "Using Lambda environment variables" in the
Lambda developer guide.
"""

import errno
import fcntl
import io
import logging
import os
import re
import runpy
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

VARIABLES: Mapping[str, str] = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
}
"""The variables that are the same for every function."""
LOCAL: Mapping[str, str] = {"NO_PROXY": "127.0.0.1,localhost", "AWS_EC2_METADATA_DISABLED": "true"}
"""The variables that Lambda does not set, and that keep a function on this machine."""

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_TMP = Path("/tmp").resolve()  # noqa: S108  (Lambda's one writable directory)
_NOT_ON_LAMBDA = "/dev/shm"  # noqa: S108
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_KEPT = {
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_LAMBDA_TIMEOUT",  # the embedded AWS's own
}
_KEPT_PREFIXES = ("AWS_LAMBDA_", "AWS_ENDPOINT_URL")


class _Change(NamedTuple):
    """Where an audit event has a path that is changed, where the path's directory may be given as a file descriptor,
    and whether a link at the end of the path is followed.
    """

    path: int
    directory: int | None
    follows: bool


_CHANGES = {
    "open": [_Change(0, None, follows=True)],
    "os.mkdir": [_Change(0, 2, follows=False)],
    "os.rmdir": [_Change(0, 1, follows=False)],
    "os.remove": [_Change(0, 1, follows=False)],
    "os.rename": [_Change(0, 2, follows=False), _Change(1, 3, follows=False)],
    "os.link": [_Change(1, 3, follows=False)],
    "os.symlink": [_Change(1, 2, follows=False)],
    "os.truncate": [_Change(0, None, follows=True)],
    "os.chmod": [_Change(0, 2, follows=True)],
    "os.chown": [_Change(0, 3, follows=True)],
    "os.utime": [_Change(0, 3, follows=True)],
    "sqlite3.connect": [_Change(0, None, follows=True)],
}
"""The audit events of changes to files. Source: "Audit events table" in the Python library reference."""
_IN_MEMORY = {"", b"", ":memory:", b":memory:"}
"""What SQLite is given for a database without a file."""


def confine(code: Path) -> None:
    """From now on, have this process write nothing outside of /tmp, and nothing in the directory of its code.

    Whatever tries gets Lambda's answer: ``OSError`` with ``EROFS``. This cannot be undone.
    """
    code = code.resolve()

    def watch(event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and not given[2] & _WRITES:
            return
        for change in _CHANGES.get(event, []):
            path = _place(change, given)
            if path is not None and not _is_writable(path, code):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    sys.addaudithook(watch)


class TimedLines(io.TextIOBase):
    """Writes lines to a stream, each after its time in ms since 1970 and a space.

    CloudWatch keeps an event's time beside the event; a file has only its lines.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = False
        """Whether the stream's last line has no end yet."""

    def write(self, text: str) -> int:
        """Write the text, and return its length without the times."""
        for line in _LINES.findall(text):
            self._stream.write(line if self._begun else f"{time.time_ns() // 1_000_000} {line}")
            self._begun = not line.endswith("\n")
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()


def log_as_lambda_does(stream: TextIO | TimedLines) -> None:
    """Give the root logger the function's level, and have it write what any library logs, as Lambda's client does."""
    writer = logging.StreamHandler(stream)
    writer.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(writer)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        logging.getLogger().setLevel(level)


def variables(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return what a function of the embedded AWS finds on Lambda too, out of everything that the latter starts it with.

    The function's own variables are not among them: it is given those afterwards.
    """
    kept = {n: v for n, v in inherited.items() if n in _KEPT or n.startswith(_KEPT_PREFIXES)}
    return {**VARIABLES, **LOCAL, **kept}


def _place(change: _Change, given: tuple[Any, ...]) -> Path | None:
    """Return the path that is changed, in full, or None if it is given as a file that is already open."""
    named = given[change.path]
    if not isinstance(named, str | bytes | os.PathLike) or named in _IN_MEMORY:
        return None
    path = Path(os.fsdecode(named))
    if change.directory is not None and given[change.directory] >= 0:
        path = _opened(given[change.directory]) / path
    return path.resolve() if change.follows else path.absolute().parent.resolve() / path.name


def _opened(descriptor: int) -> Path:
    """Return the path of a directory that is open."""
    if sys.platform == "darwin":
        return Path(os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")))
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def _is_writable(path: Path, code: Path) -> bool:
    if path.is_relative_to(code):
        return False
    return path.is_relative_to(_TMP) or (path.is_relative_to("/dev") and not path.is_relative_to(_NOT_ON_LAMBDA))


def main() -> None:
    """Become the sandbox of the program that is named."""
    runtime, program = sys.argv[1:]
    given = variables(os.environ)
    os.environ.clear()
    os.environ.update(given)
    sys.argv[:] = [program]
    sys.path.insert(0, runtime)
    log_as_lambda_does(sys.stderr)  # the program answers on the standard output
    confine(Path(os.environ["LAMBDA_TASK_ROOT"]))
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
