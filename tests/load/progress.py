"""The progress of a run: one line that changes in place on a terminal, and elsewhere a line from time to time."""

import sys
import time
from types import TracebackType
from typing import Self

_IN_PLACE_EVERY = 0.2
_LINE_EVERY = 10.0


class Ticker:
    """``with Ticker() as ticker:`` – shows the latest state of one stage of a run, within a ``Progress.step``."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._every = _IN_PLACE_EVERY if self._live else _LINE_EVERY
        self._next = time.monotonic() + self._every
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def show(self, text: str) -> None:
        """Set the current state, which is shown if it is time to."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._every
        if self._live:
            self._width = max(self._width, len(text))
            print(f"  … {text:<{self._width}}", end="\r", flush=True)
        else:
            print(f"    {text}", flush=True)

    def line(self, text: str) -> None:
        """Print a line that stays."""
        self._clear()
        print(f"    {text}", flush=True)

    def _clear(self) -> None:
        if self._live:
            print(f"{'':<{self._width + 4}}", end="\r", flush=True)
