"""What a run tells whoever watches: one line per step, with a mark and how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Prints steps. On a terminal a step is shown while it is under way, too."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """``✓ text (seconds)`` once the block has ended, ``✗ text`` if it failed."""
        start = time.monotonic()
        if self._live:
            print(f"  … {text}", end="\r", flush=True)
        try:
            yield
        except BaseException:
            print(f"  ✗ {text}", flush=True)
            raise
        print(f"  ✓ {text} ({time.monotonic() - start:.1f} s)", flush=True)

    def line(self, text: str = "") -> None:
        """A line that is no step."""
        print(text, flush=True)
