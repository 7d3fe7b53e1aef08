"""A function's workers: as many as there is work for, up to a limit. Each handles one invocation at a time."""

import asyncio
import os
import random
import signal
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple, cast

from infra.local.gateway.functions.framing import CALL, CALLED, HEAD, HELLO, RAISED, READY, RETURNED, frame
from infra.local.gateway.functions.invocation import SIZE, Answer, Failure, Job

_TOO_LARGE = (
    b'{"errorType": "Function.ResponseSizeTooLarge", '
    b'"errorMessage": "Response payload size exceeded maximum allowed payload size (%d bytes)."}' % SIZE
)
_DEATH_WITHIN = 0.03
_INIT_LIMIT = 60.0  # Lambda's is 10 s, on machines that have nothing else to do


class Spawned(NamedTuple):
    """A new worker's socket, and the time (``time.time()``) after which it is given no more work."""

    channel: socket.socket
    until: float


class Rules(NamedTuple):
    """A function's time-out, and this machine's limits, in seconds."""

    timeout: float
    most: int
    queue: float
    keep: float


class Pool:
    """A function's workers.

    Args:
        spawn: creates a worker.
        rules: the function's rules.
        dies: asked at each invocation whether its worker is to be killed within it.
    """

    def __init__(self, spawn: Callable[[], Awaitable[Spawned]], rules: Rules, dies: Callable[[], bool]) -> None:
        self._spawn = spawn
        self.rules = rules
        self.dies = dies
        self._idle: list[Worker] = []
        self._queue: deque[Job] = deque()
        self._starting = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.workers: set[Worker] = set()
        self.invocations = 0
        self.deaths = 0
        self._loop = asyncio.get_running_loop()
        self._reaper = self._loop.call_later(rules.keep, self._reap)

    def submit(self, event: bytes, request: str) -> "asyncio.Future[Answer]":
        """Invoke the function. Cancelling the answer does not stop an invocation that has begun.

        ``request`` is its request id, a new UUID.
        """
        self.invocations += 1
        job = Job(event, self._loop.create_future(), request)
        if self._idle:
            self._idle.pop().run(job)
            return job.answer
        self._queue.append(job)
        self._loop.call_later(self.rules.queue, self._give_up, job)
        self._grow()
        return job.answer

    def kill(self, most: int) -> int:
        """Kill up to this many workers, busy ones first, and return how many there were."""
        chosen = sorted(self.workers, key=lambda worker: worker.idle)[:most]
        for worker in chosen:
            worker.kill()
        return len(chosen)

    def free(self, worker: "Worker") -> None:
        """Note that a worker has nothing to do."""
        if time.time() > worker.until:
            worker.retire()
            self._grow()
            return
        while self._queue:
            job = self._queue.popleft()
            if not job.answer.done():
                worker.run(job)
                return
        self._idle.append(worker)

    def made(self, worker: "Worker") -> None:
        """Note that a worker is ready for work."""
        self._starting -= 1
        self.workers.add(worker)
        self.free(worker)

    def lost(self, worker: "Worker", *, made: bool, error: bytes) -> None:
        """Note that a worker has ended. One that was never ready takes an invocation with it, like a failed start."""
        self.workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if not made:
            self._starting -= 1
            self._fail_first(error)
        self._grow()

    def _grow(self) -> None:
        wanted = min(len(self._queue), self.rules.most - len(self.workers))
        while self._starting < wanted:
            self._starting += 1
            task = self._loop.create_task(self._start())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _start(self) -> None:
        try:
            spawned = await self._spawn()
            await self._loop.create_unix_connection(lambda: Worker(self, spawned.until), sock=spawned.channel)
        except Exception as error:  # noqa: BLE001  (whatever it is, whoever waits for the worker must be told)
            self._starting -= 1
            self._fail_first(repr(error).encode())

    def _fail_first(self, error: bytes) -> None:
        while self._queue:
            job = self._queue.popleft()
            if not job.answer.done():
                job.answer.set_result(Answer(error, Failure.FUNCTION))
                return

    def _give_up(self, job: Job) -> None:
        """Give up a job that has waited too long. There is no such limit while it waits for a worker to start."""
        if job not in self._queue:
            return
        if self._queue.index(job) < self._starting:
            self._loop.call_later(self.rules.queue, self._give_up, job)
            return
        self._queue.remove(job)
        if not job.answer.done():
            job.answer.set_result(Answer(b"", Failure.THROTTLED))

    def _reap(self) -> None:
        now = self._loop.time()
        for worker in [w for w in self._idle if now - w.since >= self.rules.keep or time.time() > w.until]:
            self._idle.remove(worker)
            worker.retire()
        self._reaper = self._loop.call_later(self.rules.keep / 2, self._reap)


class Worker(asyncio.Protocol):
    """One worker's process, as its pool sees it. ``until`` is when its credentials come near their end."""

    def __init__(self, pool: Pool, until: float) -> None:
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self.until = until
        self.since = self._loop.time()
        self._pid = 0
        self._made = False
        self._job: Job | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard = bytearray()
        self._error = b""
        self._timed_out = False

    @property
    def idle(self) -> bool:
        """Return whether it has nothing to do."""
        return self._job is None

    def run(self, job: Job) -> None:
        """Run a job, and nothing else meanwhile."""
        self._job = job
        limit = self._pool.rules.timeout
        self._timer = self._loop.call_later(limit, self._expire)
        deadline = int((time.time() + limit) * 1000)
        self._transport.write(frame(CALLED, CALL.pack(deadline, job.request.encode()) + job.event))
        if self._pool.dies():
            self._loop.call_later(random.uniform(0, _DEATH_WITHIN), self._kill_within, job)  # noqa: S311

    def kill(self) -> None:
        """End it at once, whatever it is doing, even if a process that it started holds on to its socket."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._transport.abort()

    def retire(self) -> None:
        """End it in order."""
        self._pool.workers.discard(self)
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._timer = self._loop.call_later(_INIT_LIMIT, self._transport.close)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while len(self._heard) >= HEAD.size:
            length, kind = HEAD.unpack_from(self._heard)
            if len(self._heard) < HEAD.size + length:
                return
            body = bytes(self._heard[HEAD.size : HEAD.size + length])
            del self._heard[: HEAD.size + length]
            self._hear(kind, body)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if not self._made:
            self.kill()  # it may hang, and would not notice that its socket is closed
            self._cancel_timer()
        self._pid = 0
        if self._job is not None:
            self._pool.deaths += 1
            failure = Failure.TIMED_OUT if self._timed_out else Failure.FUNCTION
            self._finish(Answer(self._error, failure))
        self._pool.lost(self, made=self._made, error=self._error)

    def _hear(self, kind: int, body: bytes) -> None:
        if kind == HELLO:
            self._pid = int(body)
        elif kind == READY:
            self._made = True
            self._cancel_timer()
            self._pool.made(self)
        elif not self._made:
            self._error = body
        else:
            assert kind in {RETURNED, RAISED}
            if kind == RETURNED and len(body) > SIZE:
                kind, body = RAISED, _TOO_LARGE
            self._finish(Answer(body, Failure.FUNCTION if kind == RAISED else None))
            self.since = self._loop.time()
            self._pool.free(self)

    def _finish(self, answer: Answer) -> None:
        job, self._job = self._job, None
        self._cancel_timer()
        if job is not None and not job.answer.done():
            job.answer.set_result(answer)

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _kill_within(self, job: Job) -> None:
        if self._job is job:
            self.kill()

    def _expire(self) -> None:
        self._timed_out = True
        self.kill()
