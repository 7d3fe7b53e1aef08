"""Virtual time, and fibers that live in it: one runs at a time, and says itself when it gives way."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from greenlet import getcurrent, greenlet


class Clock:
    """What is to happen, in order of time, and then of when it was said. Seconds."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.halted = False
        """Set to leave ``run`` before its time."""
        self.hub = getcurrent()
        self._number = 0
        self._queue: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []

    def at(self, when: float, call: Callable[..., Any], *args: Any) -> None:
        """Call then, or now if that is past."""
        self._number += 1
        heappush(self._queue, (max(when, self.now), self._number, call, args))

    def later(self, seconds: float, call: Callable[..., Any], *args: Any) -> None:
        """Call in so many seconds."""
        self._number += 1
        heappush(self._queue, (self.now + seconds, self._number, call, args))

    def run(self, until: float) -> None:
        """Let everything happen up to a time."""
        queue = self._queue
        while queue and queue[0][0] <= until and not self.halted:
            self.now, _, call, args = heappop(queue)
            call(*args)
        if not self.halted:
            self.now = until

    def sleep(self, seconds: float) -> None:
        """Let the present fiber rest."""
        self.later(seconds, current().resume)
        self.hub.switch()

    def wait(self) -> None:
        """Let the present fiber rest until somebody resumes it."""
        self.hub.switch()


class Fiber(greenlet):
    """A thread of an invocation."""

    def __init__(self, invocation: Any, call: Callable[[], Any]) -> None:
        """To be made in the hub or in another fiber; ``call`` begins at the first ``resume``."""
        super().__init__(call)
        self.invocation = invocation

    def resume(self) -> None:
        """Go on, if the invocation has not ended in the meantime. To be called by the clock."""
        if not self.dead and not self.invocation.over:
            self.switch()


def current() -> Fiber:
    """The fiber that is running."""
    fiber = getcurrent()
    assert isinstance(fiber, Fiber)
    return fiber
