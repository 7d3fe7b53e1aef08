"""Delivery's ports in memory: for unit tests, for simulation, and as the shortest statement of what they promise."""

from collections.abc import Iterable, Sequence

import msgspec

from parley.core.errors import BadRequest, NotFound, Unavailable
from parley.core.session import Role
from parley.delivery.events import Event, encode
from parley.delivery.model import Connection, Platform, PushDevice, Recipient, Registration
from parley.delivery.ports import IN_USE, Delivery, InUse, Notification, RegistrationResult, ReleasedEndpoint


class MemoryConnections:
    """A ``parley.delivery.ports.Connections``; every read is strong."""

    def __init__(self) -> None:
        self.users: dict[str, Recipient] = {}

    def recipients(self, users: Iterable[str], *, strong: bool = False) -> dict[str, Recipient]:
        return {u: self.users[u] for u in users if u in self.users}

    def add_connection(self, user: str, role: Role, connection: Connection) -> Recipient:
        old = self.users.get(user) or Recipient(user=user, role=role, seen=0)
        others = tuple(c for c in old.connections if c.id != connection.id)
        new = msgspec.structs.replace(old, seen=max(old.seen, connection.at), connections=(*others, connection))
        self.users[user] = new
        return new

    def remove_connections(self, user: str, connections: Sequence[str], seen: int | None) -> None:
        old = self.users.get(user)
        if old is not None:
            kept = tuple(c for c in old.connections if c.id not in connections)
            self.users[user] = msgspec.structs.replace(old, seen=old.seen if seen is None else seen, connections=kept)

    def mark_closing(self, user: str, connections: Sequence[str]) -> None:
        old = self.users.get(user)
        if old is not None:
            marked = (msgspec.structs.replace(c, closing=True) if c.id in connections else c for c in old.connections)
            self.users[user] = msgspec.structs.replace(old, connections=tuple(marked))


class MemoryDevices:
    """A ``parley.delivery.ports.Devices``. It keeps the devices in ``directory``."""

    def __init__(self, directory: MemoryConnections) -> None:
        self._directory = directory
        self._held: dict[str, tuple[str, Registration]] = {}
        self._left: dict[str, ReleasedEndpoint] = {}

    def register(self, user: str, registration: Registration, most: int, until: int) -> RegistrationResult:
        device = registration.device
        if user not in self._directory.users:
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
        return RegistrationResult(renewed, left)

    def registrations(self, user: str, devices: Sequence[PushDevice]) -> list[Registration]:
        held = [self._held[d.endpoint] for d in devices if d.endpoint in self._held]
        return [r for owner, r in held if owner == user and r.device in devices]

    def leave(self, user: str, registration: Registration, until: int) -> ReleasedEndpoint | InUse:
        owner, held = self._held.get(registration.device.endpoint, ("", None))
        if held is None or (owner, held.device, held.at) != (user, registration.device, registration.at):
            return IN_USE
        return self._leave(user, held.device, until)

    def abandon(self, endpoint: str, now: int, until: int) -> ReleasedEndpoint | InUse:
        if endpoint in self._held or (endpoint in self._left and self._left[endpoint].until > now):
            return IN_USE
        self._left[endpoint] = ReleasedEndpoint(endpoint, until)
        return self._left[endpoint]

    def deleted(self, left: ReleasedEndpoint) -> None:
        if self._left.get(left.endpoint) == left:
            del self._left[left.endpoint]

    def overdue(self, now: int, limit: int) -> list[ReleasedEndpoint]:
        return sorted((e for e in self._left.values() if e.until <= now), key=lambda e: (e.until, e.endpoint))[:limit]

    def _leave(self, user: str, device: PushDevice, until: int) -> ReleasedEndpoint:
        self._forget(user, device)
        self._left[device.endpoint] = ReleasedEndpoint(device.endpoint, until)
        return self._left[device.endpoint]

    def _forget(self, user: str, device: PushDevice) -> None:
        del self._held[device.endpoint]
        self._set(user, [d for d in self._devices(user) if d != device])

    def _devices(self, user: str) -> tuple[PushDevice, ...]:
        return self._directory.users[user].devices if user in self._directory.users else ()

    def _set(self, user: str, devices: Sequence[PushDevice]) -> None:
        if user in self._directory.users:
            recipient = self._directory.users[user]
            self._directory.users[user] = msgspec.structs.replace(recipient, devices=tuple(devices))


class MemorySockets:
    """A ``parley.delivery.ports.Sockets`` that keeps the frames by connection. A connection can be set to fail."""

    def __init__(self) -> None:
        self.frames: dict[str, list[bytes]] = {}
        self.failing: dict[str, Delivery] = {}
        self.closed: list[str] = []

    def post(self, connections: Sequence[str], event: Event) -> list[Delivery]:
        frame = encode(event)
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
    """A ``parley.delivery.ports.Push`` that keeps the notifications by endpoint. An endpoint can be set to fail.

    A token's endpoint has the same name every time it is made, as it may have at SNS.
    """

    def __init__(self) -> None:
        self.sent: dict[str, list[Notification]] = {}
        self.failing: dict[str, Delivery] = {}
        self.forgotten: list[str] = []
        """In the order in which they were forgotten, including those that were registered again."""

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
