"""Runs several invocations at once, in an order that a test chooses: one step is one call of a port.

Each invocation has a thread, and exactly one thread runs at a time, so that a run is as repeatable as the choices.
"""

import threading
from collections.abc import Callable
from typing import Any


class Died(BaseException):
    """The invocation ends here, like a Lambda that is killed: no handler catches it, and no answer is sent."""


class Invocation:
    """A call in a thread of its own, stopping before every port call until it is told to go on."""

    def __init__(self, call: Callable[["Invocation"], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = False
        self._die: str = ""
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(call,), daemon=True)
        self._thread.start()

    def _run(self, call: Callable[["Invocation"], Any]) -> None:
        self._go.acquire()
        try:
            self.result = call(self)
        except BaseException as error:
            self.error = error
        self.done = True
        self._stopped.release()

    def step(self, die: str = "") -> None:
        """Continue to the next port call, or to the end. ``die`` is "before" or "after" that call."""
        self._die = die
        self._go.release()
        self._stopped.acquire()

    def at(self, port_call: Callable[[], Any]) -> Any:
        """Make a port's call within an invocation: stop, and then continue or die."""
        self._stopped.release()
        self._go.acquire()
        if self._die == "before":
            raise Died
        answer = port_call()
        if self._die == "after":
            raise Died
        return answer


class Stepped:
    """A port whose calls are steps of an invocation: all, or those in ``only``, whose order matters to a test."""

    def __init__(self, port: Any, invocation: Invocation, *only: str) -> None:
        self._port = port
        self._invocation = invocation
        self._only = only

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if self._only and name not in self._only:
            return method
        return lambda *args, **kwargs: self._invocation.at(lambda: method(*args, **kwargs))
