"""Virtual time, and the fibers that live in it. One fiber runs at a time, and decides itself when to yield."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from greenlet import getcurrent, greenlet


class Clock:
    """The scheduled calls, ordered by time and then by when they were scheduled. Times are in seconds."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.halted = False
        """Set this to leave ``run`` early."""
        self.hub = getcurrent()
        self._number = 0
        self._queue: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []

    def at(self, when: float, call: Callable[..., Any], *args: Any) -> None:
        """Call at this time, or now if it has passed."""
        self._number += 1
        heappush(self._queue, (max(when, self.now), self._number, call, args))

    def later(self, seconds: float, call: Callable[..., Any], *args: Any) -> None:
        """Call after this many seconds."""
        self._number += 1
        heappush(self._queue, (self.now + seconds, self._number, call, args))

    def run(self, until: float) -> None:
        """Run everything that is scheduled up to a time."""
        queue = self._queue
        while queue and queue[0][0] <= until and not self.halted:
            self.now, _, call, args = heappop(queue)
            call(*args)
        if not self.halted:
            self.now = until

    def sleep(self, seconds: float) -> None:
        """Let the current fiber sleep."""
        self.later(seconds, current().resume)
        self.hub.switch()

    def wait(self) -> None:
        """Let the current fiber sleep until somebody resumes it."""
        self.hub.switch()


class Fiber(greenlet):
    """A thread of an invocation."""

    def __init__(self, invocation: Any, call: Callable[[], Any]) -> None:
        """Create a fiber, in the hub or in another fiber. ``call`` begins at the first ``resume``."""
        super().__init__(call)
        self.invocation = invocation

    def resume(self) -> None:
        """Continue, if the invocation has not ended in the meantime. This is called by the clock."""
        if not self.dead and not self.invocation.over:
            self.switch()


def current() -> Fiber:
    """Return the fiber that is running."""
    fiber = getcurrent()
    assert isinstance(fiber, Fiber)
    return fiber
