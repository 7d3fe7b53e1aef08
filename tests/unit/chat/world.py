"""A small world in memory: users with sockets, and the verbs in which tests are written."""

from typing import Any

import msgspec

from parley.chat import receipts, send, sync, typing
from parley.chat.effects import dispatch
from parley.chat.effects import settings as effects
from parley.chat.entries import Entry
from parley.chat.memory import MemoryDirectory, MemoryLog, MemoryLogSnapshots
from parley.chat.people import presence
from parley.chat.ports import Log
from parley.chat.sync import Page
from parley.core.parallel import InTurn
from parley.core.session import Role, Session
from parley.delivery import connections, devices
from parley.delivery.memory import MemoryDevices, MemoryPush, MemorySockets
from parley.delivery.model import Platform, PushDevice
from parley.moderation.memory import MemoryReports
from tests.directory import Directory

FOREVER = 10**15
DM = "dm:alice:bob"


class World:
    """Alice is a consumer, and Bob a provider. The test sets the time."""

    def __init__(self, stored: MemoryDirectory | None = None) -> None:
        self.stored = stored or MemoryDirectory()
        self.directory: Directory = self.stored
        self.entries = MemoryLog(self.stored)
        self.log: Log = self.entries
        self.sockets = MemorySockets()
        self.push = MemoryPush()
        self.devices = MemoryDevices(self.stored)
        self.reports = MemoryReports()
        self.parallel = InTurn()
        self.now = 1_000_000
        self.rules = send.Rules()
        self.alice = self.session("alice", "consumer", "phone-a")
        self.bob = self.session("bob", "provider", "phone-b")
        self.stored.upsert_user("alice", "consumer", "Alice")
        self.stored.upsert_user("bob", "provider", "Bob")

    @property
    def log_snapshots(self) -> MemoryLogSnapshots:
        return MemoryLogSnapshots(self.log, self.directory)

    def session(self, user: str, role: Role, device: str) -> Session:
        return Session(user=user, role=role, device=device, connection=f"{user}.{device}", expires=FOREVER)

    def connect(self, *sessions: Session) -> None:
        for session in sessions:
            connections.connect(session, self.now, self.directory, self.sockets)

    def send(
        self,
        by: Session,
        id: str,
        after: int,
        text: str = "hi",
        to: str = "",
        conversation: str = DM,
        media: tuple[str, ...] = (),
    ) -> send.Sent:
        place: dict[str, Any] = {"to": to} if to else {"conversation": conversation}
        command = send.Command(id=id, after=after, text=text, media=media, **place)
        ports = send.Ports(
            log=self.log,
            log_snapshots=self.log_snapshots,
            snapshots=self.directory,
            block_counts=self.directory,
            connections=self.directory,
            sockets=self.sockets,
        )
        return send.send(command, by, self.now, ports, self.rules)

    def fill(self, n: int, conversation: str = DM) -> None:
        """Add ``n`` entries, written in turns, far enough apart for flood control."""
        by = (self.alice, self.bob)
        for i in range(n):
            self.now += 10_000
            self.send(by[i % 2], f"fill-{i}", i, conversation=conversation)

    def mark(self, by: Session, conversation: str = DM, delivered: int = 0, read: int = 0) -> receipts.Marked:
        ports = receipts.Ports(
            log=self.log,
            log_snapshots=self.log_snapshots,
            snapshots=self.directory,
            memberships=self.directory,
            connections=self.directory,
            sockets=self.sockets,
        )
        return receipts.mark(conversation, delivered, read, by, self.now, ports)

    def sync(self, by: Session, since: dict[str, int] | None = None, cursor: str | None = None) -> Page:
        return sync.sync(
            since or {},
            cursor or "",
            by,
            sync.Ports(log=self.log, snapshots=self.directory, memberships=self.directory, parallel=self.parallel),
        )

    def sync_all(self, by: Session, since: dict[str, int] | None = None) -> list[Page]:
        pages = [self.sync(by, since)]
        while pages[-1].cursor:
            pages.append(self.sync(by, since, pages[-1].cursor))
        return pages

    def presence(self, by: Session, *users: str) -> dict[str, presence.Online]:
        return presence.presence(users, by, self.now, self.directory)

    def typing(self, by: Session, conversation: str = DM) -> None:
        ports = typing.Ports(snapshots=self.directory, connections=self.directory, sockets=self.sockets)
        typing.typing(conversation, by, self.now, ports)

    def notify(
        self, entries: list[Entry], rules: effects.Rules | None = None, waited_ms: int = 0
    ) -> effects.DeliveryResult:
        """Both steps, at the present time."""
        ports = effects.Ports(
            snapshots=self.directory,
            memberships=self.directory,
            summaries=self.directory,
            media_references=self.directory,
            connections=self.directory,
            sockets=self.sockets,
            devices=self.devices,
            push=self.push,
        )
        dispatch.begin(entries, ports)
        return dispatch.go_on(entries, self.now, ports, rules or effects.Rules(), waited_ms)

    def register(self, user: str, device: str, platform: Platform, token: str) -> PushDevice:
        """Register this device for pushes."""
        ports = devices.Ports(connections=self.directory, devices=self.devices, push=self.push)
        return devices.register(user, device, devices.Told(platform, token), self.now, ports).device

    def heard(self, session: Session, type: str = "") -> list[dict[str, Any]]:
        """Return the frames that a socket has been sent."""
        every = [msgspec.json.decode(f) for f in self.sockets.frames.get(session.connection, [])]
        return [f for f in every if not type or f["type"] == type]
