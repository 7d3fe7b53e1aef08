"""The vocabulary of the calm parts of a run: time that passes, messages, and who must have heard them."""

from collections.abc import Iterable

from parley_client.protocol.values import direct

from tests.simulation.device import Device
from tests.simulation.judges import oracle
from tests.simulation.judges.watch import members_of
from tests.simulation.plan import Player
from tests.simulation.world import World

Key = tuple[str, str]
"""A message, as its sender and its id."""


class Broken(Exception):
    """A promise is broken, and the ledger says which. There is no point in going on."""


class Scene:
    """One run's world, as its calm parts see it."""

    def __init__(self, world: World, player: Player) -> None:
        self.world, self.player = world, player
        self.exact = world.lambdas.exact
        self.random = world.random

    def wait(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            Broken: something has gone wrong, in the meantime or before.
        """
        clock = self.world.clock
        clock.run(clock.now + seconds)
        if self.world.ledger.violations:
            raise Broken

    def become_live(self) -> None:
        """Give a moment to devices whose connection is just being renewed."""
        for _ in range(12):
            waiting = [d.name for d in self.world.devices if not d.live]
            if not waiting:
                return
            self.wait(5)
        self.world.ledger.violate(f"{waiting} are not live", *waiting)
        raise Broken

    # -- who there is

    def pairs(self) -> list[tuple[str, str]]:
        """Return who can write to whom, with each conversation in one direction only."""
        found = []
        for conversation in sorted(self.world.log.entries):
            for one, other in (members_of(conversation), members_of(conversation)[::-1]):
                if self.may_write(one, other):
                    found.append((one, other))
                    break
        return found

    def may_write(self, one: str, other: str) -> bool:
        """Return whether nobody has blocked them. It is taken for granted that they share a conversation."""
        return not {(other, one), (one, other)} & self.world.directory.blocks

    def of(self, *users: str) -> list[Device]:
        """Return the devices of these users."""
        return [d for d in self.world.devices if d.user in users]

    def first(self, user: str) -> Device:
        """Return the device that acts for the user when one is enough."""
        return self.of(user)[0]

    def sockets(self, *users: str) -> set[str]:
        """Return the open sockets of these users' devices."""
        return {d.socket.id for d in self.of(*users)}

    # -- what they say and hear

    def say(self, device: Device, other: str, message_id: str = "") -> Key:
        """Send a message to another user."""
        return self.player.say(device, other, message_id)

    def heard(self, said: Iterable[Key], but: str = "", *, steady: bool = False) -> None:
        """Check that every device of all users ``but`` one has heard the messages, or only every ``steady`` device."""
        said = list(said)
        for key in said:
            conversation = self.world.ledger.said[key].conversation
            for device in self.world.devices:
                if device.user == but or device.user not in members_of(conversation) or (steady and not device.steady):
                    continue
                if key not in {(e.sender, e.id) for e in device.store.latest(conversation, len(said) + 1)}:
                    self.world.ledger.violate(f"{device.name} is live, and does not hear {key[1]}", device.name)

    def agree(self, one: str, other: str) -> None:
        """Check that every device of both users shows the marks as they are."""
        for device in self.of(one, other):
            if device.steady:
                oracle.check_marks(self.world, device, direct(one, other))
