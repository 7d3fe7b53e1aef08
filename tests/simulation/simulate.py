"""One run: users act while things go wrong. Then the faults stop, and everything must come right."""

import json
import traceback
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

from parley_client.protocol import events, inputs
from parley_client.protocol.values import direct

from parley.chat import send
from parley.chat.effects import settings as effects
from tests.simulation import drills, faults, plan
from tests.simulation.clock import Clock
from tests.simulation.judges import oracle
from tests.simulation.judges.watch import members_of, unread
from tests.simulation.plan import STRANGER, Player
from tests.simulation.rogue import Rogue
from tests.simulation.scene import Broken, Scene
from tests.simulation.world import World

NOTICED = 400.0
"""Seconds from the end of the faults until every dead socket has been noticed. A ping comes within 240."""
SETTLE = 2_700.0
"""Seconds until all agree. A sync comes every 1,800, and a sign-in is tried again after 300."""
_PATIENCE = 40
"""How many times an app registers, every 5 seconds, before it waits for its next start."""
_SHARED = Path("/dev/shm")  # noqa: S108  (memory, where there is such a place; else the usual one)


@dataclass(frozen=True)
class Result:
    """How a seed went: what is wrong (nothing if all is well), the story if asked for, and how often what came up."""

    seed: int
    wrong: tuple[str, ...]
    story: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)


def simulate(seed: int, *, keep_story: bool = False) -> Result:
    """Run a seed. The same seed always does the same. ``keep_story`` keeps the story, and changes nothing else."""
    random = Random(seed)
    with ExitStack() as stack:
        for name, values in _LIMITS.items():
            stack.enter_context(patch(name, random.choice(values)))
        files = None
        if random.random() < 0.1:
            where = _SHARED if _SHARED.is_dir() else None
            files = Path(stack.enter_context(TemporaryDirectory(prefix="parley-", dir=where)))
        run = _Run(seed, random, files, keep_story=keep_story)
        stack.callback(run.close)
        ledger = run.world.ledger
        try:
            run.play()
        except Broken:
            pass
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            ledger.violate(f"{error!r} in {Path(place.filename).name}, line {place.lineno}")
        ledger.count("stale reads", run.world.directory.missed)
        ledger.count("rows counted", run.world.directory.counted)
        if files:
            ledger.count("seeds on files")
        wrong = tuple(what for what, _ in ledger.violations)
        return Result(seed, wrong, tuple(ledger.tale()) if keep_story else (), ledger.counts)


_LIMITS: dict[str, tuple[int, ...]] = {
    "parley.chat.sync.PAGE_ENTRIES": (3, 10, 200),
    "parley.chat.sync.PAGE_CONVERSATIONS": (1, 2, 40),
    "parley.chat.sync.SKIM": (1, 2, 8),
    "parley.chat.send.SPAN": (1, 3, 3, 10, 200),
    "parley.chat.memory.FEW_BLOCKS": (0, 1, 8),
    "parley.chat.people.blocking.DEPLOYED_MS": (10_000, 3_600_000),
    "parley.delivery.connections.MOST_CONNECTIONS": (3, 20),
    "tests.simulation.cloud.gateway.LIFETIME": (900, 7_200, 7_200),
    "parley_client.protocol.gaps.HELD_LIMIT": (2, 200),
    "parley_client.protocol.sync.SYNC_NAMES": (1, 300),
}
"""Limits that a small run would never reach, made small in some runs. So is the lifetime of sockets, which clients
renew in time.
"""


class _Run:
    def __init__(self, seed: int, random: Random, files: Path | None, *, keep_story: bool) -> None:
        self._seed = seed
        self.plan = plan.draw(random)
        rules = send.Rules(allow_consumer_pairs=random.random() < 0.3, burst=random.choice((3, 8)))
        preview: effects.Preview = random.choice(("none", "sender", "full"))
        self.world = World(random, rules, preview, keep_story=keep_story)
        self._clock: Clock = self.world.clock
        for user, role in self.plan.roles.items():
            self.world.upsert_user(user, role)
        for user, name in self.plan.devices:
            device = self.world.add_device(user, name, files)
            if random.random() < 0.6:
                device.push_token = f"{user}-{name}-0"
        self.world.upsert_user(STRANGER, random.choice(("consumer", "provider")))
        if random.random() < 0.3:
            self._upgrade(random)
        self._player = Player(self.world, Rogue(self.world, STRANGER))
        self._scene = Scene(self.world, self._player)
        self._faults = faults.draw(random)

    def _upgrade(self, random: Random) -> None:
        """Let an earlier version have written all rows. A function of it still runs, and somebody may block by it."""
        directory, users = self.world.directory, list(self.plan.roles)
        for user in users:
            directory.digests[user] = None
        one, other = random.sample(users, 2)

        def block() -> None:
            if one not in directory.blockers:  # nobody blocks by both versions within seconds
                directory.block_by_item(one, other)

        if random.random() < 0.5:
            self._clock.later(random.choice((0, 8)), block)

    def close(self) -> None:
        """Close the stores' files."""
        for device in self.world.devices:
            device.store.close()

    def play(self) -> None:
        """Run everything, up to the first violation.

        Raises:
            Broken: there was a violation.
        """
        for part in (self._trouble, self._settle, self._all_live, self._drill, self._all_away, self._all_anew):
            part()

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
        self._scene.wait(self.plan.end)

    def _settle(self) -> None:
        """Stop all faults, start the apps again, and deliver again what was given up."""
        world = self.world
        world.faults = faults.CALM
        self._tell("the faults end")
        for device in world.devices:
            device.tokens.life, device.tokens.behind = 3_600, 0
            self._clock.later(world.random.random() * 60, device.start)
            if device.push_token:
                # The app is patient: if a function died while it was giving up the endpoint, the app is refused for
                # some time.
                self._clock.later(world.random.random() * 60, world.register, device, _PATIENCE)
        self._clock.later(120, world.source.redrive)
        self._scene.wait(NOTICED)
        for device in world.devices:
            if device.unclosed:
                world.ledger.violate(f"{device.name} has not noticed that its socket is dead", device.name)
        self._scene.wait(SETTLE - NOTICED)
        if not world.source.idle or world.source.given_up:
            world.ledger.violate("the stream is not done with")
        oracle.check(world)
        self._scene.wait(0)

    def _tell(self, what: str) -> None:
        world = self.world
        world.ledger.tell((*world.roles, *(d.name for d in world.devices)), f"—— {what}")

    def _all_live(self) -> None:
        """Everybody is there. Every message, mark and key press reaches every device at once, and nothing is pushed."""
        world, scene = self.world, self._scene
        scene.become_live()
        self._tell("all are there")
        before = len(world.ledger.pushes)
        sockets = {d.name: d.socket for d in world.devices}
        pairs = scene.pairs()
        said = [scene.say(scene.first(one), other) for one, other in pairs]
        scene.wait(1.5)
        scene.heard(said, steady=True)
        scene.wait(7.5)
        scene.heard(said)
        self._read_and_type(pairs)
        for _ in range(2):  # somebody's connection may just be being renewed
            for device in world.devices:
                device.wish(inputs.QueryPresence("who", tuple(u for u in self.plan.roles if u != device.user)))
            scene.wait(5)
        oracle.check_presence(world)
        oracle.check_sockets(world)
        for push in world.ledger.pushes[before:]:
            if any(not d.live or d.socket is not sockets[d.name] for d in scene.of(push.user)):
                continue  # it was away for a moment, before it could confirm: a push is right
            world.ledger.violate(f"{push.user} gets a push of what is on the screen", push.user, push.conversation)
        scene.wait(0)

    def _read_and_type(self, pairs: list[tuple[str, str]]) -> None:
        world, scene = self.world, self._scene
        told = {d.name: len(d.told) for d in world.devices}
        typists = []
        for one, other in pairs:
            writer, reader, conversation = scene.first(one), scene.first(other), direct(one, other)
            if writer.steady:
                typists.append((conversation, writer, writer.socket, other))
                writer.wish(inputs.KeyPressed(conversation))
                beyond = {"action": "mark", "id": "x", "conversation": conversation, "read": 10**6}
                world.gateway.run(writer.socket, json.dumps(beyond))  # refused: the marks stay as they should be
            reader.read(conversation, 0)
        scene.wait(1.5)
        for one, other in pairs:
            scene.agree(one, other)
        for conversation, writer, socket, other in typists:
            if not writer.live or writer.socket is not socket:
                continue  # a key press that meets the end of its socket is lost, and nobody repeats it
            one = writer.user
            for device in scene.of(other):
                if (
                    device.steady
                    and events.TypingChanged(conversation, one, True) not in device.told[told[device.name] :]
                ):
                    world.ledger.violate(f"{device.name} is not told that {one} types", device.name)
        scene.wait(0)

    def _drill(self) -> None:
        for name in drills.chosen(self._seed):
            self._tell(f"drill: {name}")
            drills.run(self._scene, name)

    def _all_away(self) -> None:
        """One user's devices are gone, but look alive. A burst results in one push per device, with the right badge."""
        world, scene = self.world, self._scene
        self._tell("some are away")
        scene.wait(15)  # this also lets the stream finish what came before
        pairs = scene.pairs()
        if pairs:
            user = pairs[0][1]
            away = scene.of(user)
            for device in away:
                device.lose_network()
                device.die()
            scene.wait(1)
            before = len(world.ledger.pushes)
            world.source.patient = True  # so that a burst is in one batch
            writers = [scene.first(one) for one, other in pairs if other == user]
            said = [scene.say(writer, user) for writer in writers for _ in range(2)]
            scene.wait(12)
            scene.heard(said, but=user)
            self._one_push_each(user, {direct(user, w.user) for w in writers}, before)
            for device in away:
                device.start()
        scene.wait(90)
        oracle.check_sockets(world)
        oracle.check(world)
        scene.wait(0)

    def _one_push_each(self, user: str, conversations: set[str], before: int) -> None:
        world = self.world
        told = world.ledger.pushes[before:]
        wanted = sorted((d.endpoint, c) for d in world.directory.users[user].devices for c in conversations)
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
        """Every app is started once more, and the directory then records exactly that."""
        for device in self.world.devices:
            device.die()
        self._scene.wait(35)  # then no socket is young, and every connect clears up behind its device
        for device in self.world.devices:
            device.start()
        self._scene.wait(30)
        oracle.check_sockets(self.world)
        oracle.check_reaches(self.world)
