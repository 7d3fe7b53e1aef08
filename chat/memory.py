"""Every port in memory: for unit tests, for simulation, and as the shortest statement of what each promises."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from chat.errors import BadRequest, NotFound, RateLimited, Unavailable
from chat.model import (
    Attachment,
    Connection,
    Entry,
    Head,
    Membership,
    Platform,
    PushDevice,
    Reach,
    Registration,
    Report,
    Role,
)
from chat.ports import ATTACH_MS, Delivery, Found, Left, Notification, Taken

_DAY_MS = 24 * 60 * 60 * 1000

A = TypeVar("A")
B = TypeVar("B")


class MemoryDirectory:
    """A ``chat.ports.Directory``; every read is strong."""

    def __init__(self) -> None:
        self.reaches: dict[str, Reach] = {}
        self.members: dict[tuple[str, str], Membership] = {}
        self.blocks: set[tuple[str, str]] = set()
        self.heads: dict[str, Head] = {}
        self.attachments: dict[str, Attachment] = {}

    def find(
        self,
        *,
        reach: Iterable[str] = (),
        memberships: Iterable[tuple[str, str]] = (),
        blocks: Iterable[tuple[str, str]] = (),
        heads: Iterable[str] = (),
        media: Iterable[str] = (),
        strong: bool = False,
    ) -> Found:
        return Found(
            reach={u: self.reaches[u] for u in reach if u in self.reaches},
            memberships={k: self.members[k] for k in memberships if k in self.members},
            blocks=self.blocks.intersection(blocks),
            heads={c: self.heads[c] for c in heads if c in self.heads},
            media={m: self.attachments[m] for m in media if m in self.attachments},
        )

    def memberships(self, user: str, after: str, limit: int) -> tuple[list[Membership], bool]:
        rows = sorted(
            (m for (u, c), m in self.members.items() if u == user and c > after), key=lambda m: m.conversation
        )
        return rows[:limit], len(rows) > limit

    def recent(
        self, user: str, after: tuple[int, str] | None, limit: int, *, archived: bool = False
    ) -> tuple[list[tuple[int, str]], bool]:
        own = [(m.place, c) for (u, c), m in self.members.items() if u == user and m.archived == archived]
        if archived:
            rows = [r for r in sorted(own) if after is None or r > after]
        else:
            rows = [r for r in sorted(own, reverse=True) if after is None or r < after]
        return rows[:limit], len(rows) > limit

    def move_recent(self, membership: Membership, at: int) -> None:
        key = (membership.user, membership.conversation)
        stored = self.members.get(key)
        if stored is not None and stored.place == membership.place and stored.recent < at:
            self.members[key] = msgspec.structs.replace(stored, recent=at)

    def keep(self, old: Membership, new: Membership) -> Membership | None:
        key = (old.user, old.conversation)
        stored = self.members.get(key)
        if stored is None:
            raise NotFound("no such conversation")
        if stored.place != old.place:
            return stored
        self.members[key] = msgspec.structs.replace(stored, muted=new.muted, archived=new.archived, pinned=new.pinned)
        return None

    def block(self, user: str, other: str) -> None:
        if user not in self.reaches:
            raise NotFound("no such user")
        self.blocks.add((user, other))

    def unblock(self, user: str, other: str) -> None:
        self.blocks.discard((user, other))

    def blocked(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        others = sorted(o for u, o in self.blocks if u == user and o > after)
        return others[:limit], len(others) > limit

    def refer(self, media: str) -> None:
        if media in self.attachments:
            self.attachments[media] = msgspec.structs.replace(self.attachments[media], until=0)

    def unrefer(self, media: str, now: int) -> None:
        if media in self.attachments:
            until = now + ATTACH_MS
            self.attachments[media] = msgspec.structs.replace(self.attachments[media], until=until)

    def attach(self, user: str, role: Role, connection: Connection) -> Reach:
        old = self.reaches.get(user) or Reach(user=user, role=role, seen=0)
        others = tuple(c for c in old.connections if c.id != connection.id)
        new = msgspec.structs.replace(old, seen=max(old.seen, connection.at), connections=(*others, connection))
        self.reaches[user] = new
        return new

    def detach(self, user: str, connections: Sequence[str], seen: int | None) -> None:
        old = self.reaches.get(user)
        if old is not None:
            kept = tuple(c for c in old.connections if c.id not in connections)
            self.reaches[user] = msgspec.structs.replace(old, seen=old.seen if seen is None else seen, connections=kept)

    def enrol(self, user: str, role: Role, name: str) -> None:
        old = self.reaches.get(user) or Reach(user=user, role=role, seen=0)
        self.reaches[user] = msgspec.structs.replace(old, role=role, name=old.name or name)

    def advance_head(self, head: Head) -> bool:
        old = self.heads.get(head.conversation)
        newest = head if old is None or old.seq < head.seq else old
        known = old.sent if old else {}
        sent = {**known, **{u: max(count, known.get(u, 0)) for u, count in head.sent.items()}}
        self.heads[head.conversation] = msgspec.structs.replace(newest, sent=sent)
        return newest is head

    def move_marks(self, old: Membership, new: Membership) -> Membership | None:
        stored = self.members.get((old.user, old.conversation))
        if stored is None:
            raise NotFound("no such conversation")
        if (stored.delivered, stored.read) != (old.delivered, old.read):
            return stored
        self.members[old.user, old.conversation] = msgspec.structs.replace(
            stored, delivered=new.delivered, read=new.read, read_count=new.read_count
        )
        return None

    def move_pushed(self, user: str, conversation: str, seq: int) -> bool:
        stored = self.members.get((user, conversation))
        if stored is None or stored.pushed >= seq:
            return False
        self.members[user, conversation] = msgspec.structs.replace(stored, pushed=seq)
        return True


class MemoryDevices:
    """A ``chat.ports.Devices``, which keeps the devices of ``directory``."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self._held: dict[str, tuple[str, Registration]] = {}
        self._left: dict[str, Left] = {}

    def register(self, user: str, registration: Registration, most: int, until: int) -> Taken:
        device = registration.device
        if user not in self._directory.reaches:
            raise NotFound("no such user")
        if device.endpoint in self._left and self._left[device.endpoint].until > registration.at:
            raise Unavailable("the endpoint is being given up", retry_after=1)
        former, held = self._held.get(device.endpoint, (None, None))
        known = next((d for d in self._devices(user) if d.id == device.id), None)
        renewed = known == device
        others = [d for d in self._devices(user) if d.id != device.id and d.endpoint != device.endpoint]
        if known is None and len(others) >= most:
            raise BadRequest(f"a user has at most {most} devices")
        if former is not None and held is not None:
            self._forget(former, held.device)
        self._left.pop(device.endpoint, None)
        left = self._leave(user, known, until) if known and known.endpoint != device.endpoint else None
        self._set(user, [*others, device])
        self._held[device.endpoint] = (user, registration)
        return Taken(renewed, left)

    def registrations(self, user: str, devices: Sequence[PushDevice]) -> list[Registration]:
        held = [self._held[d.endpoint] for d in devices if d.endpoint in self._held]
        return [r for owner, r in held if owner == user and r.device in devices]

    def leave(self, user: str, registration: Registration, until: int) -> Left | None:
        owner, held = self._held.get(registration.device.endpoint, ("", None))
        if held is None or (owner, held.device, held.at) != (user, registration.device, registration.at):
            return None
        return self._leave(user, held.device, until)

    def abandon(self, endpoint: str, now: int, until: int) -> Left | None:
        if endpoint in self._held or (endpoint in self._left and self._left[endpoint].until > now):
            return None
        self._left[endpoint] = Left(endpoint, until)
        return self._left[endpoint]

    def deleted(self, left: Left) -> None:
        if self._left.get(left.endpoint) == left:
            del self._left[left.endpoint]

    def overdue(self, now: int, limit: int) -> list[Left]:
        return sorted((e for e in self._left.values() if e.until <= now), key=lambda e: (e.until, e.endpoint))[:limit]

    def _leave(self, user: str, device: PushDevice, until: int) -> Left:
        self._forget(user, device)
        self._left[device.endpoint] = Left(device.endpoint, until)
        return self._left[device.endpoint]

    def _forget(self, user: str, device: PushDevice) -> None:
        del self._held[device.endpoint]
        self._set(user, [d for d in self._devices(user) if d != device])

    def _devices(self, user: str) -> tuple[PushDevice, ...]:
        return self._directory.reaches[user].devices if user in self._directory.reaches else ()

    def _set(self, user: str, devices: Sequence[PushDevice]) -> None:
        if user in self._directory.reaches:
            reach = self._directory.reaches[user]
            self._directory.reaches[user] = msgspec.structs.replace(reach, devices=tuple(devices))


class MemoryReports:
    """A ``chat.ports.Reports``."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Report] = {}

    def store(self, report: Report, most: int) -> Report | None:
        key = (report.reporter, report.id)
        if key in self.stored:
            return self.stored[key]
        day = report.at // _DAY_MS
        if sum(r.reporter == report.reporter and r.at // _DAY_MS == day for r in self.stored.values()) >= most:
            raise RateLimited("too many reports today", retry_after=((day + 1) * _DAY_MS - report.at) / 1000)
        self.stored[key] = report
        return None


class MemoryLog:
    """A ``chat.ports.Log``; every read is strong. First entries create memberships in ``directory``."""

    def __init__(self, directory: MemoryDirectory) -> None:
        self._directory = directory
        self.entries: dict[str, list[Entry]] = {}

    def newest(self, conversation: str, since: int, limit: int, *, strong: bool) -> list[Entry]:
        return [e for e in self.entries.get(conversation, []) if e.seq >= since][-limit:]

    def after(self, conversation: str, seq: int, limit: int) -> tuple[list[Entry], bool]:
        behind = self.entries.get(conversation, [])[seq:]
        return behind[:limit], len(behind) > limit

    def before(self, conversation: str, seq: int, limit: int) -> list[Entry]:
        return self.entries.get(conversation, [])[: max(seq - 1, 0)][-limit:]

    def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
        entries = self.entries.get(conversation, [])
        return entries[seq - 1] if 0 < seq <= len(entries) else None

    def append(self, entry: Entry, members: Sequence[str]) -> Entry | None:
        holder = self.entry(entry.conversation, entry.seq, strong=True)
        if holder is not None:
            return holder
        self.entries.setdefault(entry.conversation, []).append(entry)
        if entry.seq == 1:
            for user in members:
                key = (user, entry.conversation)
                new = Membership(user=user, conversation=entry.conversation, recent=entry.at)
                self._directory.members.setdefault(key, new)
        return None


class MemorySockets:
    """A ``chat.ports.Sockets``: frames taken, by connection; a connection can be set to fail."""

    def __init__(self) -> None:
        self.frames: dict[str, list[bytes]] = {}
        self.failing: dict[str, Delivery] = {}
        self.closed: list[str] = []

    def post(self, connections: Sequence[str], frame: bytes) -> list[Delivery]:
        return [self._post(c, frame) for c in connections]

    def _post(self, connection: str, frame: bytes) -> Delivery:
        end = self.failing.get(connection, Delivery.DONE)
        if end is Delivery.DONE:
            self.frames.setdefault(connection, []).append(frame)
        return end

    def close(self, connections: Sequence[str]) -> list[Delivery]:
        return [self._close(c) for c in connections]

    def _close(self, connection: str) -> Delivery:
        if self.failing.get(connection, Delivery.GONE) is not Delivery.GONE:
            return self.failing[connection]
        self.closed.append(connection)
        self.failing[connection] = Delivery.GONE
        return Delivery.GONE


class MemoryPush:
    """A ``chat.ports.Push``: notifications taken, by endpoint; an endpoint can be set to fail.

    A token's endpoint has the same name whenever it is made, as it may have at SNS.
    """

    def __init__(self) -> None:
        self.sent: dict[str, list[Notification]] = {}
        self.failing: dict[str, Delivery] = {}
        self.forgotten: list[str] = []
        """In their order, those that were registered again too."""

    def send(self, devices: Sequence[PushDevice], notification: Notification) -> list[Delivery]:
        return [self._send(d.endpoint, notification) for d in devices]

    def _send(self, endpoint: str, notification: Notification) -> Delivery:
        end = self.failing.get(endpoint, Delivery.DONE)
        if end is Delivery.DONE:
            self.sent.setdefault(endpoint, []).append(notification)
        return end

    def register(self, platform: Platform, token: str, known: str | None) -> str:
        if not token:
            raise BadRequest("the push token is not valid for this platform")
        endpoint = f"{platform}/{token}"
        self.failing.pop(endpoint, None)
        return endpoint

    def dead(self, endpoint: str) -> bool:
        return self.failing.get(endpoint) is Delivery.GONE

    def forget(self, endpoint: str) -> bool:
        self.forgotten.append(endpoint)
        self.failing[endpoint] = Delivery.GONE
        return True


class MemoryRoles:
    """A ``chat.ports.Roles``: who was granted what."""

    def __init__(self) -> None:
        self.granted: dict[str, list[Role]] = {}

    def grant(self, username: str, role: Role) -> None:
        self.granted.setdefault(username, []).append(role)


class InTurn:
    """A ``chat.ports.Together`` that does one thing after the other."""

    def both(self, one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
        return one(), other()

    def each(self, call: Callable[[A], B], items: Sequence[A]) -> list[B]:
        return [call(i) for i in items]
