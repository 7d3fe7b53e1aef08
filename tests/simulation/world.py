"""The world of one run: AWS in memory, the real functions on it, the network, and the devices."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from greenlet import getcurrent

from parley.chat import receipts, send, sync, typing
from parley.chat.aws import items
from parley.chat.effects import settings as effects
from parley.chat.entries import Entry
from parley.chat.memory import MemoryLogSnapshots
from parley.chat.people import blocks
from parley.chat.ports import Snapshot
from parley.core.session import Role, Session
from parley.core.writes import Occupied, Stored
from parley.delivery import devices
from parley.delivery.fanout import FanoutResult
from parley.delivery.memory import MemoryDevices, MemoryPush
from parley.delivery.model import Platform, PushDevice, Registration
from parley.delivery.ports import Delivery, Notification
from parley.runtime import dependencies
from tests.simulation.clock import Clock, Fiber
from tests.simulation.cloud.attic import Attic
from tests.simulation.cloud.event_source import Source
from tests.simulation.cloud.gateway import Gateway, Socket
from tests.simulation.cloud.lambdas import Lambdas, Port
from tests.simulation.cloud.stale_reads import AgedDirectory, AgedLog
from tests.simulation.device import FIRST_GENERATION, Device
from tests.simulation.faults import CALM, Faults
from tests.simulation.judges.ledger import Ledger
from tests.simulation.judges.watch import Watch, Watcher

EPOCH = 1_000_000.0
_DIRECTORY = (
    "find",
    "recipients",
    "memberships",
    "add_connection",
    "remove_connections",
    "mark_closing",
    "upsert_user",
    "block",
    "unblock",
    "count_blocks",
    "advance_summary",
    "move_marks",
    "move_pushed",
    "move_inbox_rank",
)


class _Directory(AgedDirectory):
    """Remembers for each invocation when it read the directory, and what the delivered marks truly were then."""

    def find(self, *, memberships: Any = (), **wanted: Any) -> Snapshot:
        memberships = list(memberships)
        fiber = getcurrent()
        if isinstance(fiber, Fiber):
            fiber.invocation.looked = self._clock.now
            for key in memberships:
                if key in self.members:
                    fiber.invocation.confirmed[key] = self.members[key].delivered
        return super().find(memberships=memberships, **wanted)


class _Log(AgedLog):
    """Reports what is stored, to the ledger and to the stream."""

    def __init__(self, world: "World") -> None:
        super().__init__(world.directory, world.clock, world.random)
        self._world = world

    def append(self, entry: Entry, members: Sequence[str]) -> Stored | Occupied[Entry]:
        tail = len(self.entries.get(entry.conversation, []))
        outcome = super().append(entry, members)
        if isinstance(outcome, Stored):
            invocation = getcurrent().invocation
            self._world.ledger.stored(entry, tail, invocation.about[0])
            if invocation.clock_is_wrong:
                self._world.ledger.mistimed.add((entry.conversation, entry.seq))
            elif entry.at > self._world.ms() + send.MOST_AHEAD_MS:
                self._world.ledger.violate(f"{entry.id} is stored with a time that lies ahead", entry.conversation)
            self._world.watcher.stored(entry, invocation)
            self._world.source.add(entry)
        else:
            self._world.ledger.count("races for a slot")
        return outcome


class _Push(MemoryPush):
    """Pushes to each device by itself, in any order. A push can be postponed."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self._world = world

    def register(self, platform: Platform, token: str, known: str | None) -> str:
        endpoint = super().register(platform, token, known)
        self._world.watcher.gone_by_now.discard(endpoint)
        return endpoint

    def send(self, devices: Sequence[PushDevice], notification: Notification) -> list[Delivery]:
        ends = [Delivery.LATER] * len(devices)
        for place in self._world.random.sample(range(len(devices)), len(devices)):
            ends[place] = self._world.lambdas.cross(
                f"push {notification.conversation} {notification.seq} to",
                partial(self._one, devices[place], notification),
                raises=False,
            )
        return ends

    def _one(self, device: PushDevice, notification: Notification) -> Delivery:
        if self._world.happens("push_later"):
            self._world.ledger.count("push put off")
            return Delivery.LATER
        end = self._send(device.endpoint, notification)
        self._world.ledger.count(f"push {end.value}")
        if end is Delivery.DONE:
            self._world.watcher.pushed(device.endpoint, notification, getcurrent().invocation)
        elif end is Delivery.GONE:
            self._world.watcher.gone(device.endpoint, getcurrent().invocation)
        return end


class _Silent:
    """Telemetry that nobody reads. Anything that the functions did not foresee is a violation."""

    def __init__(self, ledger: Ledger, watcher: Watcher) -> None:
        self._ledger, self._watcher = ledger, watcher

    def correlate(self, **keys: Any) -> None: ...

    def detail(self, message: str, **fields: Any) -> None: ...

    def refused(self, code: str, **fields: Any) -> None:
        self._ledger.count(f"refused: {code}")
        if code == "blocked":
            self._watcher.refused(getcurrent().invocation)

    def failed(self, error: BaseException) -> None:
        self._ledger.violate(f"unforeseen: {error!r}", *getcurrent().invocation.about)

    def posted(self, posted: FanoutResult, *, again: bool = False) -> dict[str, int]:
        return {}

    def count(self, **counts: int) -> None:
        for name in ("Repeats", "Conflicts"):
            if counts.get(name):
                self._ledger.count(name, counts[name])


class World:
    """Everything in a run. ``faults`` may be set at any time."""

    def __init__(
        self, random: Random, rules: send.Rules, preview: effects.Preview, *, keep_story: bool = False
    ) -> None:
        self.random = random
        self.clock = Clock(EPOCH)
        self.rules = rules
        self.ledger = Ledger(lambda: self.clock.now, keep_story)
        self.ledger.on_violation = self._halt
        self.lambdas = Lambdas(self.clock, random, self.ledger)
        self.directory = _Directory(self.clock, random)
        self.directory.unseen = self.lambdas.exact.unseen
        self.log = _Log(self)
        self.watcher = Watcher(self.ledger, self.clock, self.directory, self.log)
        self.gateway = Gateway(self)
        self.source = Source(self)
        self.push = _Push(self)
        self.telemetry: Any = _Silent(self.ledger, self.watcher)
        self.devices: list[Device] = []
        self.roles: dict[str, Role] = {}
        self.attic = Attic(self.lambdas, self.ledger)
        self.generation = FIRST_GENERATION
        self._compose(preview)
        self.faults = CALM

    def _compose(self, preview: effects.Preview) -> None:
        """Put the functions together, as ``parley.runtime.bootstrap`` does."""
        parallel = self.lambdas
        directory: Any = Port(self.lambdas, "directory", self.directory, _DIRECTORY)
        log: Any = Port(self.lambdas, "log", self.log, ("newest", "after", "entry", "append"))
        both: Any = Port(
            self.lambdas, "both tables", MemoryLogSnapshots(self.log, self.directory), ("find_with_entries",)
        )
        self._push_port: Any = Port(self.lambdas, "push", self.push, ("register", "dead", "forget"))
        self._push_port.send = self.push.send  # type: ignore[attr-defined]
        parts = ("register", "registrations", "leave", "abandon", "deleted")
        owners: Any = Port(self.lambdas, "devices", MemoryDevices(self.directory), parts)
        self._registering = devices.Ports(connections=directory, devices=owners, push=self._push_port)
        self._blocking = blocks.Ports(blocks=directory, snapshots=directory)
        self.messaging = dependencies.Message(
            sending=send.Ports(
                log=log,
                log_snapshots=both,
                snapshots=directory,
                block_counts=directory,
                connections=directory,
                sockets=self.gateway,
            ),
            rules=self.rules,
            syncing=sync.Ports(
                log=log, archived=self.attic.index, snapshots=directory, memberships=directory, parallel=parallel
            ),
            marking=receipts.Ports(
                log=log,
                log_snapshots=both,
                snapshots=directory,
                memberships=directory,
                connections=directory,
                sockets=self.gateway,
            ),
            typing=typing.Ports(snapshots=directory, connections=directory, sockets=self.gateway),
            generation=self.generation,
            telemetry=self.telemetry,
        )
        self.connecting = dependencies.Connect(connections=directory, sockets=self.gateway, telemetry=self.telemetry)
        self.notifying = dependencies.StreamWorker(
            ports=effects.Ports(
                snapshots=directory,
                memberships=directory,
                summaries=directory,
                media_references=directory,
                connections=directory,
                sockets=self.gateway,
                devices=owners,
                push=self._push_port,
            ),
            rules=effects.Rules(preview=preview),
            parallel=parallel,
            entry=items.entry,
            telemetry=self.telemetry,
        )
        self.attic.compose(log, self.log, directory)

    def _halt(self) -> None:
        self.clock.halted = True

    @property
    def faults(self) -> Faults:
        """What goes wrong from now on."""
        return self.lambdas.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.lambdas.faults = faults
        self.directory.stale = faults.stale

    # -- who there is

    def upsert_user(self, user: str, role: Role) -> None:
        """Create a user."""
        self.roles[user] = role
        self.directory.upsert_user(user, role, user.title())

    def add_device(self, user: str, name: str, files: Path | None) -> Device:
        """Add a device of a user, not started yet."""
        device = Device(self, user, self.roles[user], name, files)
        self.devices.append(device)
        return device

    def register(self, device: Device, tries: int = 1) -> None:
        """Have the app register for pushes, and try again if that fails."""
        token = device.push_token

        def body(*_: Any) -> Registration:
            return devices.register(device.user, device.name, devices.Told("apns", token), self.ms(), self._registering)

        def ended(_: Any, error: BaseException | None) -> None:
            if error is not None and tries > 1:
                self.clock.later(5, self.register, device, tries - 1)

        self.lambdas.invoke("register", (device.user, device.name), 10.0, body, ended)

    def block(self, device: Device, other: str) -> None:
        """Have the user block another. If that fails, the other is not blocked."""
        session = Session(device.user, self.roles[device.user], device.name, "", 0)

        def body(*_: Any) -> None:
            blocks.block(session, other, self._blocking)

        self.ledger.count("blocks")
        self.lambdas.invoke("block", (device.user, other), 10.0, body, lambda *_: None)

    def unblock(self, device: Device, other: str) -> None:
        """Have the user unblock another. If that fails, the other stays blocked."""
        session = Session(device.user, self.roles[device.user], device.name, "", 0)

        def body(*_: Any) -> None:
            blocks.unblock(session, other, self._blocking)

        self.ledger.count("unblocks")
        self.lambdas.invoke("unblock", (device.user, other), 10.0, body, lambda *_: None)

    def watch(self, entries: Sequence[Entry]) -> Watch:
        """Return a watch on what becomes of a batch."""
        return Watch(self.watcher, entries)

    # -- chance, and time

    def ms(self) -> int:
        """Return the current time in ms."""
        return int(self.clock.now * 1000)

    def happens(self, fault: str) -> bool:
        """Return whether a fault befalls what is being done."""
        chance = getattr(self.lambdas.faults, fault)
        if not chance or self.random.random() >= chance:
            return False
        self.ledger.counts[fault] += 1
        return True

    def delay(self) -> float:
        """Return the seconds that something usually takes on the network."""
        return 0.005 + self.random.random() * 0.05

    def carriage(self, socket: Socket, *, up: bool) -> list[float]:
        """Return when copies of a frame arrive, in seconds from now: none, one or two, usually after earlier ones."""
        if self.happens("lost"):
            return []
        delays = []
        for _ in range(2 if self.happens("doubled") else 1):
            delay, now = self.delay(), self.clock.now
            if self.happens("stuck"):
                delay += self.random.random() * 20
            elif self.happens("late"):
                delay += self.random.random() * 4
            elif up:
                socket.up_until = max(socket.up_until, now + delay)
                delay = socket.up_until - now
            else:
                socket.down_until = max(socket.down_until, now + delay)
                delay = socket.down_until - now
            delays.append(delay)
        return delays
