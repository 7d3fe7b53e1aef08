"""How far a stream has been dealt with, kept in a file from start to start."""

import threading
from collections.abc import Iterable
from pathlib import Path


class Position:
    """The sequence number up to which every record is dealt with, whichever was dealt with first.

    What was under way at the end comes again at the next start: at least once, as at Lambda.

    Args:
        path: the file; None keeps it in memory alone, from the beginning of the stream.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._open: dict[int, bool] = {}
        """Whether each record that was taken is dealt with, in order, from the first one that is not."""
        self._reached = int(path.read_text()) if path and path.exists() else 0

    def take(self, sequence: str) -> bool:
        """Note that a record is under way. False if it has been dealt with before."""
        with self._lock:
            if int(sequence) <= self._reached:
                return False
            self._open[int(sequence)] = False
            return True

    def done(self, sequences: Iterable[str]) -> None:
        """Note that these records are dealt with."""
        with self._lock:
            self._open.update((int(sequence), True) for sequence in sequences)
            before = self._reached
            while self._open and self._open[first := next(iter(self._open))]:
                self._reached = first
                del self._open[first]
            if self._path and self._reached != before:
                made = self._path.with_suffix(".new")
                made.write_text(str(self._reached))
                made.replace(self._path)
