"""Lambda: invocations that run concurrently. Each stops at every port call, where it may die."""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any, NoReturn

from greenlet import GreenletExit

from parley.core.errors import Unavailable
from tests.simulation.clock import Clock, Fiber, current
from tests.simulation.faults import CALM, Exact
from tests.simulation.judges.ledger import Ledger


class Died(GreenletExit):
    """The invocation ends here, like one whose sandbox is gone: nothing catches it, and no answer is sent."""


class Invocation:
    """One run of a function, in as many fibers as it does things concurrently."""

    def __init__(self, number: int, name: str, about: tuple[str, ...], now: float) -> None:
        self.number = number
        self.name = name
        self.about = about
        self.began = now
        self.looked = now
        """When it last read the directory."""
        self.confirmed: dict[tuple[str, str], int] = {}
        """The delivered marks that it has read strongly, by user and conversation."""
        self.clock_is_wrong = False
        self.over = False
        self.fibers: list[Fiber] = []
        self.die: Callable[..., None]
        """Ends the invocation, given how and where."""

    def __str__(self) -> str:
        return f"{self.name} #{self.number}"


class Lambdas:
    """Starts invocations, and ends those that die or take too long."""

    def __init__(self, clock: Clock, random: Random, ledger: Ledger) -> None:
        self.clock, self.random, self.ledger = clock, random, ledger
        self.faults = CALM
        self.exact = Exact()
        self._number = 0

    def invoke(
        self,
        name: str,
        about: tuple[str, ...],
        limit: float,
        body: Callable[[Invocation, int], Any],
        ended: Callable[[Any, BaseException | None], None],
    ) -> Invocation:
        """Run ``body``, with its clock in ms, for at most ``limit`` seconds. Then call ``ended`` exactly once.

        ``ended`` gets the answer or the error: ``Died``, or what the function has raised.
        """
        self._number += 1
        invocation = Invocation(self._number, name, about, self.clock.now)

        def main() -> None:
            now = int((self.clock.now + self.random.random() * self.faults.skew + self._ahead(invocation)) * 1000)
            try:
                answer = body(invocation, now)
            except Exception as error:
                self._end(invocation, ended, None, error)
            else:
                self._end(invocation, ended, answer, None)

        def die(how: str, why: str = "") -> None:
            if not invocation.over:
                self.ledger.tell(invocation.about, invocation, how, why)
                self.ledger.count(how)
                self._end(invocation, ended, None, Died(how))
                self.clock.later(0, self._bury, invocation)

        invocation.die = die
        self._fiber(invocation, main, 0.001 + self.random.random() * 0.02)
        self.clock.later(limit, die, "times out")
        return invocation

    def _ahead(self, invocation: Invocation) -> float:
        if self.exact.ahead is None or self.exact.ahead[0] != invocation.name:
            return 0.0
        (_, seconds), self.exact.ahead = self.exact.ahead, None
        invocation.clock_is_wrong = True
        return seconds

    def _fiber(self, invocation: Invocation, call: Callable[[], Any], delay: float) -> None:
        fiber = Fiber(invocation, call)
        fiber.parent = self.clock.hub
        invocation.fibers.append(fiber)
        self.clock.later(delay, fiber.resume)

    @staticmethod
    def _end(invocation: Invocation, ended: Callable[..., None], answer: Any, error: BaseException | None) -> None:
        if not invocation.over:
            invocation.over = True
            ended(answer, error)

    @staticmethod
    def _bury(invocation: Invocation) -> None:
        for fiber in invocation.fibers:
            if not fiber.dead:
                fiber.throw(Died)

    # -- what a port call goes through

    def cross(self, name: str, call: Callable[[], Any], *, raises: bool = True) -> Any:
        """Make one port call of the current invocation. It may be late, refused, done without an answer, or fatal."""
        invocation, faults, random = current().invocation, self.faults, self.random
        delay = 0.001 + random.random() * 0.015
        fate = random.random()
        if fate < faults.slow:
            delay += random.random() * 3
        elif fate > 1 - faults.stalls:
            delay += random.random() * 18
        self.clock.sleep(delay)
        fate = random.random()
        if fate < faults.dies / 2:
            self._die(invocation, f"before {name}")
        refused = raises and fate > 1 - faults.throttled
        if refused and fate < 1 - faults.throttled / 3:
            self.ledger.tell(invocation.about, invocation, name, "is throttled")
            self.ledger.count("throttled")
            raise Unavailable("throttled", retry_after=random.choice((None, 0.2, 1.0)))
        answer = call()
        self.ledger.tell(invocation.about, invocation, name, "→", answer)
        dies = faults.dies / 2 <= fate < faults.dies
        if self.exact.dies_after == (invocation.name, name):
            self.exact.dies_after, dies = None, True
        if self.exact.rests_after == (invocation.name, name):
            self.exact.rests_after = None
            self.clock.sleep(2)
        if dies:
            self._die(invocation, f"after {name}")
        if refused:
            self.ledger.tell(invocation.about, invocation, name, "is done, and its answer lost")
            self.ledger.count("answer lost")
            raise Unavailable("the connection was reset")
        return answer

    @staticmethod
    def _die(invocation: Invocation, why: str) -> NoReturn:
        invocation.die("dies", why)
        raise Died

    # -- chat.ports.Together

    def both(self, one: Callable[[], Any], other: Callable[[], Any]) -> Any:
        first, second = self._all([one, other])
        return first, second

    def each(self, call: Callable[[Any], Any], items: Sequence[Any]) -> Any:
        return self._all([partial(call, item) for item in items])

    def _all(self, calls: Sequence[Callable[[], Any]]) -> list[Any]:
        if len(calls) < 2:
            return [call() for call in calls]
        here = current()
        answers: list[Any] = [None] * len(calls)
        errors: dict[int, Exception] = {}
        running = len(calls)

        def run(place: int, call: Callable[[], Any]) -> None:
            nonlocal running
            try:
                answers[place] = call()
            except Exception as error:
                errors[place] = error
            running -= 1
            if not running:
                self.clock.later(0, here.resume)

        for place, call in enumerate(calls):
            self._fiber(here.invocation, partial(run, place, call), self.random.random() * 0.002)
        self.clock.wait()
        if errors:
            raise errors[min(errors)]
        return answers


class Port:
    """A port whose calls cross into the world outside the invocation."""

    def __init__(self, lambdas: Lambdas, name: str, port: Any, methods: Sequence[str]) -> None:
        for method in methods:
            setattr(self, method, self._crossing(lambdas, f"{name}.{method}", getattr(port, method)))

    @staticmethod
    def _crossing(lambdas: Lambdas, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: lambdas.cross(name, lambda: method(*args, **kwargs))
