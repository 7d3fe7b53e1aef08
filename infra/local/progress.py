"""What a run tells whoever watches: one line per step, with a mark and how long it took."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper


class Progress:
    """Prints steps. On a terminal a step is shown while it is under way, too."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._start = "\r" if self._live else ""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """``✓ text (seconds)`` once the block has ended, ``✗ text`` if it failed; Ctrl-C is no failure."""
        start = time.monotonic()
        if self._live:
            print(f"  … {text}", end="\r", flush=True)
        try:
            yield
        except (KeyboardInterrupt, asyncio.CancelledError):
            # From the line's beginning: the terminal has shown its own ^C.
            print(f"{self._start}  – {text} (interrupted)", flush=True)
            raise
        except BaseException:
            print(f"  ✗ {text}", flush=True)
            raise
        print(f"  ✓ {text} ({time.monotonic() - start:.1f} s)", flush=True)

    def line(self, text: str = "") -> None:
        """A line that is no step."""
        print(text, flush=True)


def print_anyhow() -> None:
    """Let the output say ``?`` for a character that its encoding lacks, rather than end the program."""
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, TextIOWrapper):
            output.reconfigure(errors="replace")
