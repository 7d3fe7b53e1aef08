"""The client processes as seen by the main process, which starts, instructs and hears them, and always ends them."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import msgspec

from infra import package
from tests.load.clients import protocol
from tests.load.plan import shares

_POLL = 0.1


class FleetFailed(Exception):
    """A client process ended by itself."""


class Fleet:
    """``with Fleet(n) as fleet:`` – n processes while the block lasts."""

    def __init__(self, processes: int) -> None:
        self._count = processes
        self._processes: list[subprocess.Popen[bytes]] = []
        self._news: queue.SimpleQueue[tuple[int, protocol.News | None]] = queue.SimpleQueue()
        self.sizes = [0] * processes
        """The number of devices in each process."""
        self.bare = [0] * processes
        """The bytes that each process takes without a client."""
        self.tallies = [protocol.Tally(0, 0, 0, 0, 0, 0, 0) for _ in range(processes)]
        self.written: dict[str, int] = {}
        """Messages by conversation, from the processes that have written all of theirs."""
        self.talked = 0
        """The number of processes that have written all of theirs."""
        self.records: list[protocol.Record] = []
        self.delays = protocol.Delays([], [])
        self.done = 0
        """The number of processes that have reported everything."""
        self._ready = 0

    def __enter__(self) -> Self:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(package.ROOT / "clients" / "python"), "."])}
        for number in range(self._count):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.load.clients.worker"],
                cwd=package.ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for us; we then end them
            )
            self._processes.append(process)
            threading.Thread(target=self._listen, args=(number, process), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()

    @property
    def ready(self) -> bool:
        """Return whether every process runs."""
        return self._ready == self._count

    def begin(self, seats: Sequence[protocol.Seat], order: protocol.Begin) -> None:
        """Have every process open its share of the seats, at its share of the rate."""
        self.sizes = shares(len(seats), [1] * self._count)
        for number in range(self._count):  # dealt out, so that a user's devices are in several processes
            mine = [*seats[number :: self._count]]
            self.sizes[number] = len(mine)
            self._tell(number, msgspec.structs.replace(order, seats=mine, rate=order.rate / self._count))

    def talk(self, messages: int, rate: float | None, in_flight: int, seed: int) -> None:
        """Have every process write its share."""
        parts = zip(shares(messages, self.sizes), shares(in_flight, self.sizes), strict=True)
        for number, (its_messages, its_flights) in enumerate(parts):
            its_rate = rate * self.sizes[number] / sum(self.sizes) if rate else None
            its_seed = seed * self._count + number
            self._tell(number, protocol.Talk(its_messages, its_rate, max(its_flights, 1), its_seed))

    def tell(self, order: protocol.Order) -> None:
        """Send the same order to all."""
        for number in range(self._count):
            self._tell(number, order)

    def watch(self, over: Callable[[], bool], limit: float, each: Callable[[], None]) -> bool:
        """Process what the clients report until the run is over or ``limit`` has passed, and return whether it is over.

        ``each`` is called several times a second.

        Raises:
            FleetFailed: a process ended.
        """
        until = time.monotonic() + limit
        while not over():
            if time.monotonic() >= until:
                return False
            self._take_in(min(_POLL, until - time.monotonic()))
            each()
        return True

    def total(self, figure: Callable[[protocol.Tally], int]) -> int:
        """Return a figure summed over all processes."""
        return sum(figure(tally) for tally in self.tallies)

    def _tell(self, number: int, order: protocol.Order) -> None:
        pipe = self._processes[number].stdin
        assert pipe is not None
        try:
            pipe.write(msgspec.json.encode(order) + b"\n")
            pipe.flush()
        except BrokenPipeError:
            raise FleetFailed("a client process has ended by itself") from None

    def _listen(self, number: int, process: subprocess.Popen[bytes]) -> None:
        decoder: msgspec.json.Decoder[protocol.News] = msgspec.json.Decoder(protocol.News)
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self._news.put((number, decoder.decode(line)))
        self._news.put((number, None))

    def _take_in(self, limit: float) -> None:
        with suppress(queue.Empty):
            self._take(*self._news.get(timeout=max(limit, 0)))
            while True:
                self._take(*self._news.get_nowait())

    def _take(self, number: int, news: protocol.News | None) -> None:
        match news:
            case None:
                raise FleetFailed("a client process has ended by itself")
            case protocol.Ready(rss):
                self.bare[number] = rss
                self._ready += 1
            case protocol.Tally():
                self.tallies[number] = news
            case protocol.Talked(written):
                self.talked += 1
                for conversation, messages in written.items():
                    self.written[conversation] = self.written.get(conversation, 0) + messages
            case protocol.Record():
                self.records.append(news)
            case protocol.Delays():
                self.delays = protocol.Delays(self.delays.acked + news.acked, self.delays.received + news.received)
            case protocol.Done():
                self.done += 1
