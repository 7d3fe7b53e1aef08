"""Ctrl-C in the middle of a run: the first one ends the writing, and the run still reports what it has."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether somebody has asked the run to end."""

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within the block the first Ctrl-C is only noted, and a second one interrupts. Main thread only."""

        def note(_: int, __: FrameType | None) -> None:
            if self.asked:
                raise KeyboardInterrupt
            self.asked = True

        before = signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
