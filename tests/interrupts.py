"""Interrupts for the processes that tests start, whatever the tests themselves were started by."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeded() -> Iterator[None]:
    """Within the block, processes that are started heed SIGINT. Main thread only.

    A process inherits from its parent that it ignores SIGINT, and Python then installs no handler. Shells start
    background jobs in that way, so a test run in the background would wait for ever for an interrupted process.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a handler becomes the default in a new process
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
