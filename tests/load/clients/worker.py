"""A process of clients: it takes orders from its standard input, and reports on its standard output (``protocol``).

It ends when its input ends, however its starter ended, so that a killed starter leaves none of these behind.
"""

import asyncio
import os
import random
import sys
import threading
import time
from contextlib import suppress

import msgspec
import psutil

from tests.load.clients import protocol
from tests.load.clients.device import Device

_TALLY_EVERY = 0.25
_OPENING = 16
# The most devices between starting and being live. More would only wait for each other, and be given up.

_BURST = 4
# The most messages in a row in one conversation, since people write several lines. Flood control begins at 8 from one
# sender.


class Process:
    """The state on which the orders are carried out."""

    def __init__(self) -> None:
        self._self = psutil.Process()
        self._devices: list[Device] = []
        self._written = 0
        self._settled = 0
        self._room: asyncio.Semaphore | None = None
        self._hushed = False

    async def run(self, orders: asyncio.Queue[protocol.Order]) -> None:
        """Run until everything has been reported. An error in any task ends it."""
        tell(protocol.Ready(self._rss()))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._report())]
            while not isinstance(order := await orders.get(), protocol.Tell):
                match order:
                    case protocol.Begin():
                        tasks.append(group.create_task(self._open(order)))
                    case protocol.Talk():
                        tasks.append(group.create_task(self._talk(order)))
                    case protocol.Hush():
                        self._hush()
            for task in tasks:
                task.cancel()
        tell(self._tally())
        for device in self._devices:
            tell(device.record())
        acked = [delay for d in self._devices for delay in d.acked_after]
        tell(protocol.Delays(acked, [delay for d in self._devices for delay in d.received_after]))
        tell(protocol.Done())

    async def _report(self) -> None:
        while True:
            tell(self._tally())
            await asyncio.sleep(_TALLY_EVERY)

    def _hush(self) -> None:
        self._hushed = True
        if self._room is not None:
            self._room.release()  # whoever waits for room sees it now

    def _tally(self) -> protocol.Tally:
        devices = self._devices
        return protocol.Tally(
            live=sum(d.live for d in devices),
            idle=sum(d.idle for d in devices),
            written=self._written,
            settled=self._settled,
            told=sum(d.told for d in devices),
            connects=sum(d.connects for d in devices),
            rss=self._rss(),
        )

    def _rss(self) -> int:
        return int(self._self.memory_info().rss)

    async def _open(self, order: protocol.Begin) -> None:
        begun = time.monotonic()
        for n, seat in enumerate(order.seats):
            await asyncio.sleep(begun + n / order.rate - time.monotonic())
            while len(self._devices) - sum(d.live for d in self._devices) >= _OPENING:
                await asyncio.sleep(0.02)
            device = Device(seat, order, self._one_settled)
            self._devices.append(device)
            await device.start()

    def _one_settled(self) -> None:
        self._settled += 1
        if self._room is not None:
            self._room.release()

    async def _talk(self, order: protocol.Talk) -> None:
        chance = random.Random(order.seed)
        self._room = None if order.rate else asyncio.Semaphore(order.in_flight)
        begun = time.monotonic()
        left = 0
        for n in range(order.messages):
            if order.rate:
                await asyncio.sleep(begun + n / order.rate - time.monotonic())
            if self._room is not None:
                await self._room.acquire()
            if self._hushed:
                break
            if left == 0:
                device = chance.choice(self._devices)
                other = chance.choice(device.seat.others)
                left = chance.randint(1, _BURST)
            left -= 1
            self._written += 1
            await device.write(other, n)
        written: dict[str, int] = {}
        for device in self._devices:
            for conversation, number in device.written().items():
                written[conversation] = written.get(conversation, 0) + number
        tell(self._tally())
        tell(protocol.Talked(written))


def tell(news: protocol.News) -> None:
    """Write one line to whoever started us."""
    with suppress(BrokenPipeError):  # they are gone, and we end with our input
        sys.stdout.buffer.write(msgspec.json.encode(news) + b"\n")
        sys.stdout.buffer.flush()


def _listen(orders: asyncio.Queue[protocol.Order], loop: asyncio.AbstractEventLoop) -> None:
    """Pass on the lines of the input. When it ends, we end at once, because a thousand goodbyes would take time."""
    decoder: msgspec.json.Decoder[protocol.Order] = msgspec.json.Decoder(protocol.Order)
    for line in sys.stdin.buffer:
        loop.call_soon_threadsafe(orders.put_nowait, decoder.decode(line))
    os._exit(0)


async def _main() -> None:
    orders: asyncio.Queue[protocol.Order] = asyncio.Queue()
    threading.Thread(target=_listen, args=(orders, asyncio.get_running_loop()), daemon=True).start()
    await Process().run(orders)
    await asyncio.Event().wait()  # wait for the end of the input


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # not available on every platform
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_main())
