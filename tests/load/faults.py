"""What is done to a running Parley while clients use it: which faults occur and when, by seed, and how each is made."""

import random
from typing import Literal

from msgspec import Struct, structs

from infra.local.gateway.handle import Gateway
from infra.local.gateway.settings import Faults

Kind = Literal["kill", "cut", "throttle", "restart"]

_MESSAGES_PER_STEP = 250
_KINDS: tuple[Kind, ...] = ("kill", "cut", "throttle", "restart")
_FURTHER: tuple[Kind, ...] = ("kill", "kill", "cut", "cut", "throttle")
# A restart disconnects everybody at once, so there is one per run.
ALWAYS = Faults(disconnect_loss=0.5, worker_death=0.002, post_throttle=0.01, frame_repeat=0.05)
"""The faults that apply all the time while there are any faults. Most clients learn of their own entry before they send
it again, so only frames that come twice show that the server stores once.
"""


class Step(Struct, frozen=True):
    """One fault. It occurs when this share (0 to 1) of the run's messages is acknowledged, or of its time has
    passed.
    """

    at: float
    kind: Kind
    amount: float
    """The number of workers, or the share of the sockets or of the posts."""

    def __str__(self) -> str:
        match self.kind:
            case "kill":
                return f"{self.amount:.0f} workers killed"
            case "cut":
                return f"{self.amount:.0%} of the sockets cut"
            case "throttle":
                return f"{self.amount:.0%} of the posts throttled"
            case "restart":
                return "gateway restarted"


def schedule(seed: int, messages: int) -> list[Step]:
    """Return the faults of a run with this many messages: 6 to 40, with each kind among them."""
    chance = random.Random(seed)
    steps = min(max(messages // _MESSAGES_PER_STEP, 6), 40)
    kinds = [*_KINDS, *chance.choices(_FURTHER, k=steps - len(_KINDS))]
    chance.shuffle(kinds)
    return [Step((n + chance.random()) / (steps + 1), kind, _amount(kind, chance)) for n, kind in enumerate(kinds)]


def _amount(kind: Kind, chance: random.Random) -> float:
    match kind:
        case "kill":
            return chance.randint(1, 4)
        case "cut":
            return chance.uniform(0.05, 0.25)
        case "throttle":
            return chance.uniform(0.1, 0.4)
        case "restart":
            return 1


class Trouble:
    """A schedule being carried out. Throttling lasts until the next step."""

    def __init__(self, gateway: Gateway, steps: list[Step]) -> None:
        self._gateway = gateway
        self._steps = steps
        self._deaths = 0
        self.done: list[Step] = []

    def begin(self) -> None:
        """Inject faults from now on."""
        self._gateway.faults(ALWAYS)

    def recipient(self, share: float) -> Step | None:
        """Note that this share of the run is over, and do what is due: one step at most, so that each has its time."""
        if len(self.done) == len(self._steps) or share < self._steps[len(self.done)].at:
            return None
        step = self._steps[len(self.done)]
        self._gateway.faults(structs.replace(ALWAYS, post_throttle=step.amount) if step.kind == "throttle" else ALWAYS)
        match step.kind:
            case "kill":
                self._gateway.kill_workers(int(step.amount))
            case "cut":
                self._gateway.cut(step.amount)
            case "restart":
                self._deaths = self.deaths()  # the new one starts counting again
                self._gateway.restart()
            case "throttle":
                pass  # it is on
        self.done.append(step)
        return step

    def end(self) -> None:
        """Inject no more faults."""
        self._gateway.faults(Faults())

    def deaths(self) -> int:
        """Return how many workers have died within an invocation so far."""
        return self._deaths + self._gateway.stats().deaths
