"""What the users do in a run. It is drawn by seed before the run begins."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from parley_client.protocol import inputs
from parley_client.protocol.values import direct

from parley.core.session import Role
from parley.delivery.ports import Delivery

if TYPE_CHECKING:
    from tests.simulation.device import Device
    from tests.simulation.world import World

_ROLES: dict[str, tuple[Role, ...]] = {
    "ana": ("provider",),
    "ben": ("consumer",),
    "cem": ("consumer", "consumer", "provider"),
    "dea": ("provider", "consumer"),
}
STRANGER = "eve"
_DOES = {
    "say": 12,
    "burst": 4,
    "read": 6,
    "type": 2,
    "ask": 2,
    "crash": 2,
    "sleep": 3,
    "lose network": 2,
    "lose socket": 2,
    "nudge": 1,
    "pause": 1,
    "unplug push": 1,
    "plug push": 1,
    "block": 1,
    "stranger": 1,
}


@dataclass(frozen=True)
class Action:
    """Something that a device does, ``at`` seconds from the beginning. ``a`` and ``b`` say how, in [0, 1)."""

    at: float
    what: str
    device: int
    a: float
    b: float


@dataclass(frozen=True)
class Plan:
    """Who takes part, and what they do until ``end``, in seconds."""

    roles: dict[str, Role]
    devices: tuple[tuple[str, str], ...]
    """User and name."""
    actions: tuple[Action, ...]
    end: float


def draw(random: Random) -> Plan:
    """Draw two to four users with one to three devices each, and up to three busy times with pauses between them."""
    roles = {user: random.choice(some) for user, some in list(_ROLES.items())[: random.choice((2, 2, 3, 3, 4))]}
    devices = tuple((u, f"{u}-{n}") for u in roles for n in range(random.choice((1, 1, 2, 2, 3))))
    actions: list[Action] = []
    begin = 2.0
    whats, weights = list(_DOES), list(_DOES.values())
    for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
        length = random.choice((5, 20, 60))
        for what in random.choices(whats, weights, k=random.choice((5, 10, 16))):
            at = begin + random.random() * length
            actions.append(Action(at, what, random.randrange(len(devices)), random.random(), random.random()))
        begin += length + random.choice((10, 10, 10, 30, 30, 130, 130, 700, 2_000, 7_300))
    return Plan(roles, devices, tuple(actions), max(a.at for a in actions) + random.choice((5, 30)))


class Player:
    """Makes the devices of a world do what is planned."""

    def __init__(self, world: "World", stranger: Any) -> None:
        self._world, self._stranger = world, stranger
        self._said: Counter[str] = Counter()
        self._modest = world.random.random() < 0.3

    def act(self, action: Action) -> None:
        """Do one thing, unless the device is off."""
        world, device = self._world, self._world.devices[action.device]
        others = [u for u in world.roles if u not in {device.user, STRANGER}]
        other = others[int(action.a * len(others))]
        if not self._use(action.what, device, other, action.b):
            self._suffer(action.what, device, other, action.b)

    def _use(self, what: str, device: "Device", other: str, b: float) -> bool:
        """Carry out what the user does in the app, and return whether this was such an action."""
        conversation = direct(device.user, other)
        match what:
            case "say":
                self.say(device, other)
            case "burst":
                for _ in range(2 + int(b * 4)):
                    self.say(device, other)
            case "read":
                device.read(conversation, int(b * 3))
            case "type":
                device.wish(inputs.KeyPressed(conversation))
            case "ask":
                device.wish(inputs.QueryPresence("q", (other,)))
            case "nudge":
                device.wish(inputs.Nudge())
            case "pause":
                device.wish(inputs.Stop())
                self._world.clock.later(b * 20, device.wish, inputs.Start())
            case _:
                return False
        return True

    def _suffer(self, what: str, device: "Device", other: str, b: float) -> None:
        """Carry out what befalls the app, the device and the user."""
        world = self._world
        match what:
            case "crash":
                self._off(device, b * 3)
            case "sleep":
                self._off(device, 3 + b * 40)
            case "lose network":
                device.lose_network()
            case "lose socket":
                device.lose_socket()
            case "unplug push" if device.push_token:
                world.push.failing[f"apns/{device.push_token}"] = Delivery.GONE
            case "plug push":
                if b < 0.5:  # the platform has given the app another token
                    device.push_token = f"{device.user}-{device.name}-{world.clock.now:.0f}"
                if device.push_token:
                    world.register(device)
            case "block" if b < 0.4:
                world.block(device, other)
            case "block" if b > 0.7:
                world.unblock(device, other)
            case "stranger":
                self._stranger.act()

    def say(self, device: "Device", other: str, message_id: str = "") -> tuple[str, str]:
        """Send a message to another user, with an id that the sender has not used before, and return user and id.

        In some runs, ids are unique only per sender.
        """
        by = device.user if self._modest else device.name
        self._said[by] += 1
        number = f"m{self._said[by]}"
        message_id = message_id or (number if self._modest else f"{device.name}-{number}")
        device.say(other, message_id, f"{number} by {by}")
        return device.user, message_id

    def _off(self, device: "Device", seconds: float) -> None:
        device.die()
        self._world.clock.later(seconds, device.start)
