"""One run: users act while things go wrong; then nothing goes wrong any more, and all must come right."""

import traceback
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

from parley_client import steps
from parley_client.values import direct

from chat import notify, send
from tests.simulation import faults, oracle, plan
from tests.simulation.clock import Clock
from tests.simulation.plan import STRANGER, Player
from tests.simulation.rogue import Rogue
from tests.simulation.watch import members_of, unread
from tests.simulation.world import World

NOTICED = 400.0
"""Seconds from the end of the faults until every dead socket has been noticed: a ping comes within 240."""
SETTLE = 2_700.0
"""Seconds until all agree: a sync comes every 1,800, and a sign-in is tried again after 300."""
_SHARED = Path("/dev/shm")  # noqa: S108  (memory, where there is such a place; else the usual one)


@dataclass(frozen=True)
class Result:
    """How a seed went: what is wrong (nothing, if all is well), the story if asked for, and what came up how often."""

    seed: int
    wrong: tuple[str, ...]
    story: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)


def simulate(seed: int, *, telling: bool = False) -> Result:
    """Run a seed. The same seed always does the same; ``telling`` keeps the story, and changes nothing else."""
    random = Random(seed)
    with ExitStack() as stack:
        for name, values in _LIMITS.items():
            stack.enter_context(patch(name, random.choice(values)))
        files = None
        if random.random() < 0.1:
            where = _SHARED if _SHARED.is_dir() else None
            files = Path(stack.enter_context(TemporaryDirectory(prefix="parley-", dir=where)))
        run = _Run(random, files, telling=telling)
        stack.callback(run.close)
        ledger = run.world.ledger
        try:
            run.play()
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            ledger.violate(f"{error!r} in {Path(place.filename).name}, line {place.lineno}")
        ledger.count("stale reads", run.world.directory.missed)
        if files:
            ledger.count("seeds on files")
        wrong = tuple(what for what, _ in ledger.violations)
        return Result(seed, wrong, tuple(ledger.tale()) if telling else (), ledger.counts)


_LIMITS: dict[str, tuple[int, ...]] = {
    "chat.sync.PAGE_ENTRIES": (3, 10, 200),
    "chat.sync.PAGE_CONVERSATIONS": (1, 2, 40),
    "chat.sync.SKIM": (1, 2, 8),
    "chat.send.SPAN": (3, 10, 200),
    "chat.reachability.MOST_CONNECTIONS": (3, 20),
    "tests.simulation.gateway.LIFETIME": (900, 7_200, 7_200),
    "parley_client.inbox.HELD_LIMIT": (2, 200),
    "parley_client.syncing.SYNC_NAMES": (1, 300),
}
"""Limits that a small run would never meet, made small in some; the lifetime of sockets, that clients renew in time."""


class _Run:
    def __init__(self, random: Random, files: Path | None, *, telling: bool) -> None:
        self.plan = plan.draw(random)
        rules = send.Rules(any_pair=random.random() < 0.3, burst=random.choice((3, 8)))
        preview: notify.Preview = random.choice(("none", "sender", "full"))
        self.world = World(random, rules, preview, telling=telling)
        self._clock: Clock = self.world.clock
        for user, role in self.plan.roles.items():
            self.world.enrol(user, role)
        for user, name in self.plan.devices:
            device = self.world.add_device(user, name, files)
            if random.random() < 0.6:
                device.push_token = f"{user}-{name}-0"
        self.world.enrol(STRANGER, random.choice(("consumer", "provider")))
        self._player = Player(self.world, Rogue(self.world, STRANGER))
        self._faults = faults.draw(random)

    def close(self) -> None:
        """Let go of the stores' files."""
        for device in self.world.devices:
            device.store.close()

    def play(self) -> None:
        """All of it, up to the first violation."""
        for part in (self._trouble, self._settle, self._all_live, self._all_away, self._all_anew):
            part()
            if self.world.ledger.violations:
                return

    def _pass(self, seconds: float) -> bool:
        """Let time pass; whether all is well so far."""
        self._clock.run(self._clock.now + seconds)
        return not self.world.ledger.violations

    def _trouble(self) -> None:
        world, begin = self.world, self._clock.now
        for device in world.devices:
            self._clock.later(world.random.random() * 4, device.start)
            if device.push_token:
                self._clock.later(world.random.random() * 4, world.register, device)
        for action in self.plan.actions:
            self._clock.at(begin + action.at, self._player.act, action)
        world.ledger.tell((*world.roles, *(d.name for d in world.devices)), self._faults)
        world.faults = self._faults
        self._pass(self.plan.end)

    def _settle(self) -> None:
        """Nothing goes wrong any more, apps are started again, and what was given up is delivered again."""
        world = self.world
        world.faults = faults.CALM
        world.ledger.tell((*world.roles, *(d.name for d in world.devices)), "—— the faults end")
        for device in world.devices:
            device.tokens.life, device.tokens.behind = 3_600, 0
            self._clock.later(world.random.random() * 60, device.start)
            if device.push_token:
                self._clock.later(world.random.random() * 60, world.register, device)
        self._clock.later(120, world.source.redrive)
        if not self._pass(NOTICED):
            return
        for device in world.devices:
            if device.deaf:
                world.ledger.violate(f"{device.name} has not noticed that its socket is dead", device.name)
        if self._pass(SETTLE - NOTICED):
            if not world.source.idle or world.source.given_up:
                world.ledger.violate("the stream is not done with")
            oracle.check(world)

    def _open_pairs(self) -> list[tuple[str, str]]:
        """Who can write to whom, one way of each conversation."""
        world, found = self.world, []
        for conversation in sorted(world.log.entries):
            for one, other in (members_of(conversation), members_of(conversation)[::-1]):
                if (other, one) not in world.directory.blocks:
                    found.append((one, other))
                    break
        return found

    def _become_live(self) -> bool:
        """Give those a moment whose connection is just being renewed; whether all is well so far."""
        world = self.world
        for _ in range(12):
            waiting = [d.name for d in world.devices if not d.live]
            if not waiting:
                return True
            if not self._pass(5):
                return False
        world.ledger.violate(f"{waiting} are not live", *waiting)
        return False

    def _all_live(self) -> None:
        """Everybody is there: every message reaches every device at once, and there is no push."""
        world = self.world
        if not self._become_live():
            return
        before = len(world.ledger.pushes)
        said = []
        for one, other in self._open_pairs():
            device = next(d for d in world.devices if d.user == one)
            said.append(self._player.say(device, other))
        if not self._pass(9):
            return
        self._heard(said)
        for _ in range(2):  # somebody's connection may be just being renewed
            for device in world.devices:
                device.wish(steps.AskPresence("who", tuple(u for u in self.plan.roles if u != device.user)))
            if not self._pass(5):
                return
        oracle.check_presence(world)
        for push in world.ledger.pushes[before:]:
            world.ledger.violate(f"{push.user} gets a push of what is on the screen", push.user, push.conversation)

    def _all_away(self) -> None:
        """One user's devices are gone, and look alive: a burst is one push to each device, with the right badge."""
        world = self.world
        pairs = self._open_pairs()
        if pairs:
            user = pairs[0][1]
            away = [d for d in world.devices if d.user == user]
            for device in away:
                device.lose_network()
                device.die()
            self._pass(1)
            before = len(world.ledger.pushes)
            writers = [next(d for d in world.devices if d.user == one) for one, other in pairs if other == user]
            said = [self._player.say(writer, user) for writer in writers for _ in range(2)]
            if not self._pass(12):
                return
            self._heard(said, but=user)
            self._one_push_each(user, {direct(user, w.user) for w in writers}, before)
            for device in away:
                device.start()
        if self._pass(90):
            oracle.check(world)

    def _heard(self, said: list[str], but: str = "") -> None:
        """Every device has heard the messages, of all users ``but`` one."""
        for message_id in said:
            conversation = self.world.ledger.said[message_id].conversation
            for device in self.world.devices:
                if device.user == but or device.user not in members_of(conversation):
                    continue
                if message_id not in {e.id for e in device.store.latest(conversation, 2)}:
                    self.world.ledger.violate(f"{device.name} is live, and does not hear {message_id}", device.name)

    def _one_push_each(self, user: str, conversations: set[str], before: int) -> None:
        world = self.world
        told = world.ledger.pushes[before:]
        wanted = sorted((d.endpoint, c) for d in world.directory.reaches[user].devices for c in conversations)
        if sorted((p.endpoint, p.conversation) for p in told) != wanted:
            world.ledger.violate(f"{user} is away, and gets the pushes {told}", user, *sorted(conversations))
        for push in told:
            log = world.log.entries[push.conversation]
            if push.seq != len(log):
                world.ledger.violate(f"{user} gets a push of {push.seq}, and the newest is {len(log)}", user)
        truth = sum(
            unread(log, user, world.ledger.read.get((user, c), 0), len(log))
            for c, log in world.log.entries.items()
            if user in members_of(c)
        )
        if told and max(p.badge for p in told) != truth:
            world.ledger.violate(f"{user}'s last badge is {[p.badge for p in told]}, and {truth} are unread", user)

    def _all_anew(self) -> None:
        """Every app is started once more: the directory records just that."""
        for device in self.world.devices:
            device.die()
        if not self._pass(5):
            return
        for device in self.world.devices:
            device.start()
        if self._pass(30):
            oracle.check_reaches(self.world)
