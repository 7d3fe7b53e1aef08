"""A pool and its workers; the test plays their processes."""

import asyncio
import json
import signal
import socket
import time
from collections.abc import Awaitable, Callable

import pytest

from infra.local.gateway.functions.framing import HELLO, READY, RETURNED, frame
from infra.local.gateway.functions.invocation import SIZE, Answer, Failure
from infra.local.gateway.functions.workers import Pool, Rules, Spawned

pytestmark = pytest.mark.enable_socket  # the gateway and its workers talk through pairs of sockets
PID = 4321
REQUEST = "00000000-0000-4000-8000-000000000000"


class Processes:
    """Makes workers that say they are ready. Their requests stay unanswered until ``answer``."""

    def __init__(self) -> None:
        self.made: list[socket.socket] = []

    async def spawn(self) -> Spawned:
        ours, its = socket.socketpair()
        ours.setblocking(False)
        its.sendall(frame(HELLO, str(PID).encode()) + frame(READY, b""))
        self.made.append(its)
        return Spawned(ours, time.time() + 600)

    def answer(self, body: bytes) -> None:
        """Answer for the newest worker."""
        self.made[-1].sendall(frame(RETURNED, body))

    def close(self) -> None:
        for made in self.made:
            made.close()


def run(test: Callable[[Pool, Processes], Awaitable[None]], timeout: float = 60.0) -> None:
    async def running() -> None:
        processes = Processes()
        pool = Pool(processes.spawn, Rules(timeout, 1, 5.0, 60.0), lambda: False)
        try:
            await test(pool, processes)
        finally:
            processes.close()

    asyncio.run(running())


@pytest.fixture(autouse=True)
def killed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The calls of ``os.kill``; nothing is killed."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(
        "infra.local.gateway.functions.workers.os.kill", lambda *pid_and_signal: asked.append(pid_and_signal)
    )
    return asked


async def at_work(pool: Pool) -> None:
    async with asyncio.timeout(5):
        while not any(not worker.idle for worker in pool.workers):
            await asyncio.sleep(0)


def test_a_worker_that_is_too_slow_makes_room_even_if_its_socket_stays_open(killed: list[tuple[int, int]]):
    async def test(pool: Pool, processes: Processes) -> None:
        async with asyncio.timeout(5):
            assert await pool.submit(b"{}", REQUEST) == Answer(b"", Failure.TIMED_OUT)
        assert (killed, len(pool.workers)) == ([(PID, signal.SIGKILL)], 0)
        asked = pool.submit(b"{}", REQUEST)
        await at_work(pool)
        processes.answer(b'"new"')
        assert await asked == Answer(b'"new"')

    run(test, timeout=0.05)


def test_so_does_one_that_is_killed(killed: list[tuple[int, int]]):
    async def test(pool: Pool, processes: Processes) -> None:
        asked = pool.submit(b"{}", REQUEST)
        await at_work(pool)
        assert pool.kill(5) == 1
        async with asyncio.timeout(5):
            assert (await asked).failure is Failure.FUNCTION
        assert (killed, len(pool.workers), pool.deaths) == ([(PID, signal.SIGKILL)], 0, 1)

    run(test)


@pytest.mark.parametrize("size", [SIZE, SIZE + 1])
def test_six_megabytes_are_an_answer_and_more_is_a_failure(size: int):
    async def test(pool: Pool, processes: Processes) -> None:
        asked = pool.submit(b"{}", REQUEST)
        await at_work(pool)
        await asyncio.to_thread(processes.answer, b"1" * size)
        answer = await asked
        if size == SIZE:
            assert (len(answer.payload), answer.failure) == (SIZE, None)
        else:
            assert answer.failure is Failure.FUNCTION
            assert json.loads(answer.payload)["errorType"] == "Function.ResponseSizeTooLarge"

    run(test)
