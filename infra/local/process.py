"""What every server's process of ours does first: it ends when its starter does, and may open many files.

Its standard input is a pipe that its starter holds open. It ends when the starter does, however that ends; then this
process and all that it has started, which are its group, end too.
"""

import contextlib
import os
import resource
import signal
import threading


def end_with_starter() -> None:
    """Watch the standard input from now on."""
    threading.Thread(target=_watch, daemon=True).start()


def allow_many_files() -> None:
    """As many as the system lets this user have: every socket is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says "unlimited", and means less
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _watch() -> None:
    while os.read(0, 4096):  # not sys.stdin, whose lock would be held at the interpreter's end
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)
