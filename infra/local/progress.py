"""What a run tells anyone watching: one line per step, with a mark and the time that it took."""

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper

import psutil

STARTED = "PARLEY_STARTED"
"""The variable in which ``make`` says when it began, in seconds since the epoch: before it set up the environment."""


def waited(now: float, environment: Mapping[str, str]) -> float:
    """Return for how many seconds somebody has been waiting: since ``make`` began, otherwise since this process did.

    Args:
        now: seconds since the epoch.
        environment: the variables of this process.
    """
    try:
        began = float(environment[STARTED].replace(",", "."))  # bash writes the decimal point as the locale does
    except (KeyError, ValueError):
        began = psutil.Process().create_time()
    return now - began


class Progress:
    """Prints steps. On a terminal, a step is also shown while it is under way."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._start = "\r" if self._live else ""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Print ``✓ text (seconds)`` once the block has ended, or ``✗ text`` if it failed. Ctrl-C is not a failure."""
        start = time.monotonic()
        if self._live:
            print(f"  … {text}", end="\r", flush=True)
        try:
            yield
        except (KeyboardInterrupt, asyncio.CancelledError):
            # Start at the beginning of the line, because the terminal has shown its own ^C.
            print(f"{self._start}  – {text} (interrupted)", flush=True)
            raise
        except BaseException:
            print(f"  ✗ {text}", flush=True)
            raise
        print(f"  ✓ {text} ({time.monotonic() - start:.1f} s)", flush=True)

    def line(self, text: str = "") -> None:
        """Print a line that is not a step."""
        print(text, flush=True)


def print_anyhow() -> None:
    """Have the output show ``?`` for a character that its encoding lacks, instead of ending the program."""
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, TextIOWrapper):
            output.reconfigure(errors="replace")
