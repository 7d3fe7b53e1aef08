"""A ``parley.core.parallel.Parallel`` on a thread pool that is made once and kept warm."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Threads:
    """Runs AWS calls in parallel. Threads start when they are first needed, so an unused pool costs nothing."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size)

    def both(self, one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
        future = self._pool.submit(one)
        try:
            theirs = other()
        finally:
            wait([future])
        return future.result(), theirs

    def each(self, call: Callable[[A], B], items: Sequence[A]) -> list[B]:
        if len(items) <= 1:
            return [call(i) for i in items]
        futures: list[Future[B]] = [self._pool.submit(call, i) for i in items]
        wait(futures)
        return [f.result() for f in futures]
