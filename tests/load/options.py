"""The command line's options."""

import argparse
import resource
import sys
from typing import NoReturn

from msgspec import Struct

from infra import package

_SPARE_FILES = 500
# Files that a process opens besides its sockets.
_MESSAGES_PER_SOCKET = 5
_LARGEST = 100_000


class Options(Struct, frozen=True, kw_only=True):
    """What a run is to do."""

    sockets: int = 1_000
    messages: int | None = None
    """The number of messages to write in all. None means as many as ``seconds`` allow."""
    seconds: float | None = None
    """The number of seconds to write for, at most."""
    rate: float | None = None
    """Messages per second. None means flat out, with ``in_flight`` of them unacknowledged at any time."""
    in_flight: int = 32
    faults: bool = False
    seed: int = 1
    """The seed for the faults, and for who writes to whom."""
    processes: int = 2
    settle: float = 120.0
    """Seconds that the clients have, after the last message and the last fault, until everything is everywhere."""
    keep_one: bool = False
    """Withhold one entry from one app on purpose."""
    output: str = str(package.ROOT / "build" / "load.json")

    @property
    def wanted(self) -> int:
        """Return the number of messages to write at most."""
        if self.messages is not None:
            return self.messages
        return sys.maxsize // 2 if self.seconds else self.sockets * _MESSAGES_PER_SOCKET


SHORT = Options(sockets=100, messages=2_000, faults=True)
"""What `make test` and `make bench` run."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"load: {message}\n")


def parse(arguments: list[str]) -> Options:
    """Return the options. If they are invalid, the program ends with one line and status 2."""
    default = Options()
    parser = _Parser(
        prog="python -m tests.load",
        description="Many real clients on a whole local Parley, and a check of every message. The status is 0 only if"
        " none was lost, doubled or out of order, and all came to their end.",
    )
    add = parser.add_argument
    add("--sockets", type=_whole, default=default.sockets, metavar="N", help="devices (default %(default)s)")
    add("--messages", type=_whole, metavar="M", help=f"in all (default {_MESSAGES_PER_SOCKET} a socket)")
    add("--seconds", type=_positive, metavar="S", help="write for so long, at most")
    add("--rate", type=_positive, metavar="R", help="messages a second (default: flat out)")
    add("--in-flight", type=_whole, default=default.in_flight, metavar="K",
        help="flat out means so many unacknowledged at any time (default %(default)s)")  # fmt: skip
    add("--faults", action="store_true", help="kill workers, cut sockets, throttle posts, restart the gateway")
    add("--seed", type=int, default=default.seed, help="of the faults, and of who writes to whom")
    add("--processes", type=_whole, default=default.processes, metavar="P", help="of clients (default %(default)s)")
    add("--settle", type=_positive, default=default.settle, metavar="S",
        help="seconds from the last message on until everything must be everywhere (default %(default)s)")  # fmt: skip
    add("--keep-one", action="store_true", help="keep one entry from one app on purpose, to see the check fail")
    add("--output", default=default.output, metavar="FILE", help="for the results as JSON (default build/load.json)")
    asked = Options(**vars(parser.parse_args(arguments)))
    if not 2 <= asked.sockets <= _LARGEST:
        parser.error(f"--sockets must be from 2 to {_LARGEST}")
    if asked.processes > asked.sockets:
        parser.error("--processes: there must be a socket for each")
    if not raise_files(asked.sockets):
        needed, hard = asked.sockets + _SPARE_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        parser.error(
            f"{asked.sockets} sockets take {needed} open files in the gateway; the limit is {hard} (ulimit -Hn)"
        )
    return asked


def raise_files(sockets: int) -> bool:
    """Let this process and its children open as many files as allowed. Return whether the sockets can be opened."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard == resource.RLIM_INFINITY or hard >= sockets + _SPARE_FILES


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number


_whole.__name__ = "whole number above 0"
_positive.__name__ = "number above 0"
# argparse puts this name into "invalid … value".
