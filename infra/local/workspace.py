"""Where a running Parley keeps its files: a directory of its own, which it leaves as it found it, except for logs and,
if that is wanted, its state.

A lock on a file in the directory marks it as in use. The system frees the lock however the holder ends. So whatever a
killed holder left behind is recognized, and the next one to start cleans it up.
"""

import contextlib
import fcntl
import os
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from infra import package

BASE = package.ROOT / "build" / "local"
_LOG = "ministack.log"
_LOGS = ".log"
_LOCK = "lock"
_STATE = "state"
_KEEP_LOGS = 24 * 3600.0


class CannotStart(Exception):
    """Parley does not run here. The message is one readable line that says what to do."""


class Place:
    """``with Place(path) as place:`` – a directory that is ours alone.

    Attributes:
        log: the log of the embedded AWS. It stays after the end, as does every other file named ``*.log``.
        temporary: an empty directory. It is deleted at the end, as is everything else.
        state: what is kept from start to start, if the place was made with ``keep``. Otherwise an earlier state is left
            alone.
        code: where the functions' code is unpacked.
    """

    def __init__(self, path: Path, *, keep: bool = False) -> None:
        self.path = path
        self.log = path / _LOG
        self.temporary = path / "tmp"
        self.state = path / _STATE
        self.code = self.state / "code" if keep else self.temporary
        self._keep = keep
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Take the directory, and clear away what a killed holder left.

        Raises:
            CannotStart: another process holds it, or it cannot be written to.
        """
        try:
            self._lock = _locked(self.path)
            if self._lock is None:
                raise self._taken()
            _empty(self.path)
            for log in self.path.glob(f"*{_LOGS}"):
                if log != self.log:  # whoever writes that one starts it afresh
                    log.unlink()
            self.temporary.mkdir()
            if self._keep:
                (self.state / "aws").mkdir(mode=0o700, parents=True, exist_ok=True)
            self.code.mkdir(exist_ok=True)
        except OSError as error:
            self.leave()
            raise CannotStart(f"cannot write to {self.path}: {error.strerror}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Give it up. Calling this again is safe."""
        lock, self._lock = self._lock, None
        if lock is not None:
            with contextlib.suppress(OSError):  # the next holder cleans it up
                _empty(self.path)
            os.close(lock)

    def must_not_be_in_use(self) -> None:
        """Raise ``CannotStart`` if another process holds the directory. What does not exist is not created."""
        if in_use(self):
            raise self._taken()

    def was_killed(self) -> bool:
        """Return whether the last holder of the directory, which nobody holds now, left before it could clean up."""
        return self.temporary.exists()

    def _taken(self) -> CannotStart:
        return CannotStart(f"another Parley is at work in {self.path}; end that one, or choose another port")

    def home(self, name: str) -> Path:
        """Return a user's own directory, which ``parley`` creates. It is kept if the state is."""
        return (self.state / "homes" if self._keep else self.path) / name


def at(port: int) -> Place:
    """Return the place of a Parley whose embedded AWS serves at this port."""
    return Place(BASE / str(port))


def in_use(place: Place) -> bool:
    """Return whether another process holds a place. What does not exist is not created."""
    if not (place.path / _LOCK).is_file():
        return False
    lock = _locked(place.path)
    if lock is not None:
        os.close(lock)
    return lock is None


def forget(place: Place) -> None:
    """Delete the state that is kept in a place, which nobody may be using.

    Raises:
        CannotStart: somebody is.
    """
    with place:
        shutil.rmtree(place.state, ignore_errors=True)


def clean(base: Path = BASE) -> None:
    """Clear away what killed holders left below ``base``, along with logs that are older than a day."""
    for path in base.iterdir() if base.is_dir() else ():
        with contextlib.suppress(OSError):  # it is in use, or somebody else is cleaning it: neither concerns us
            if not (path / _LOCK).is_file() or (lock := _locked(path)) is None:
                continue
            try:
                _empty(path)
                log = path / _LOG
                if (path / _STATE).exists():
                    continue
                if not log.exists() or time.time() - log.stat().st_mtime > _KEEP_LOGS:
                    shutil.rmtree(path)
            finally:
                os.close(lock)


def _locked(path: Path) -> int | None:
    """Return the directory's lock as an open file, or None if another process holds it."""
    while True:
        path.mkdir(parents=True, exist_ok=True)
        try:
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:  # somebody is cleaning up
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), (path / _LOCK).stat()):
                return lock
        except BlockingIOError:
            os.close(lock)
            return None
        except FileNotFoundError:  # cleaned up after we opened it and before we locked it
            pass
        os.close(lock)


def _empty(path: Path) -> None:
    for thing in path.iterdir():
        if thing.name in {_LOCK, _STATE} or (thing.suffix == _LOGS and thing.is_file()):
            continue
        if thing.is_dir() and not thing.is_symlink():
            shutil.rmtree(thing, ignore_errors=True)
        else:
            thing.unlink(missing_ok=True)
