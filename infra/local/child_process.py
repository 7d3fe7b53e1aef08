"""What each of our server processes does first: it arranges to end when its starter does, and to open many files.

Its standard input is a pipe that the starter holds open. The pipe ends when the starter does, however that happens.
Then this process and everything that it has started, which is its process group, end too.
"""

import contextlib
import os
import resource
import signal
import threading
from collections.abc import Callable


def end_with_starter(before: Callable[[], None] = lambda: None) -> None:
    """Watch the standard input from now on. ``before`` is what is still to be done, in a thread of its own."""
    threading.Thread(target=_watch, args=(before,), daemon=True).start()


def allow_many_files() -> None:
    """Allow as many open files as the system lets this user have, because every socket is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says "unlimited", but means less
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _watch(before: Callable[[], None]) -> None:
    while os.read(0, 4096):  # not sys.stdin, whose lock would be held when the interpreter exits
        pass
    try:
        before()
    finally:
        os.killpg(os.getpgid(0), signal.SIGKILL)
