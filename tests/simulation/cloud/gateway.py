"""API Gateway: sockets that open, carry frames unreliably, and end with or without notice; and the functions behind."""

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from greenlet import GreenletExit

from parley.core.errors import Unavailable
from parley.core.session import Session
from parley.delivery.events import Event, encode
from parley.delivery.ports import Delivery
from realtime.authorizer import authorize
from realtime.connect import connect
from realtime.disconnect import disconnect
from realtime.message import message
from tests.handlers import events
from tests.simulation.clock import current
from tests.simulation.cloud.lambdas import Invocation
from tests.simulation.cloud.tokens import read_token

if TYPE_CHECKING:
    from tests.simulation.world import World

IDLE = 600.0
LIFETIME = 7_200.0
_INTEGRATION_LIMIT = 29.0
_ENTRY = '{"type":"message"'
_PONG = '{"type":"pong"}'
_NOISE = '{"message":"Internal server error","connectionId":"x","requestId":"y"}'
_BUSY = '{"message":"Too Many Requests","connectionId":"x","requestId":"y"}'


class _Summary(msgspec.Struct):
    conversation: str
    seq: int
    unread: int


class _Synced(msgspec.Struct):
    """The part of a page that is checked."""

    conversations: list[_Summary]


class Socket:
    """One connection, as the gateway sees it."""

    def __init__(self, device: Any, number: int, now: float) -> None:
        self.device = device
        self.number = number
        """The device's own number for it."""
        self.id = f"{device.name}.{number}"
        self.state = "opening"
        """Later ``open``; ``dead`` if the device is gone and the gateway does not know; ``closed``."""
        self.used = now
        self.opened_at = now
        self.vouched: dict[str, Any] = {}
        self.last_send = ""
        """The frame of the last message that came up."""
        self.down_until = now
        self.up_until = now
        """A frame that arrived before these times would overtake others."""

    @property
    def expires(self) -> int:
        """When its token ends, in ms."""
        return int(self.vouched["expires"])


class Verifier:
    """Stands in for the JWT verifier. The token states everything in plain text, and only its time is checked."""

    @staticmethod
    def verify(token: str, device: str, connection: str, now: int) -> Session:
        return read_token(token, device, connection, now)


class Gateway:
    """The WebSocket API. It is also a ``parley.chat.ports.Sockets``, for the invocation that is running."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._clock, self._random, self._ledger = world.clock, world.random, world.ledger
        self._exact = world.lambdas.exact
        self.sockets: dict[str, Socket] = {}

    # -- $connect

    def open(self, device: Any, number: int, token: str) -> Socket:
        """Open a socket for a device. The device is told the outcome, unless the network prevents it."""
        socket = Socket(device, number, self._clock.now)
        self.sockets[socket.id] = socket
        self._clock.later(self._world.delay(), self._upgrade, socket, token)
        return socket

    def _upgrade(self, socket: Socket, token: str) -> None:
        world, device = self._world, socket.device
        if world.happens("turned_away"):
            self._refuse(socket, self._random.choice((429, 500, 503, None)))
            return
        upgrade = events.upgrade(f"parley.v1, {token}", query={"device": device.name})
        upgrade["requestContext"]["connectionId"] = socket.id
        try:
            policy = authorize(upgrade, Verifier(), world.telemetry, world.ms())
        except Unavailable:
            self._refuse(socket, 500)
            return
        if policy["policyDocument"]["Statement"][0]["Effect"] != "Allow":
            self._ledger.count("token refused at the upgrade")
            self._refuse(socket, 403)
            return
        socket.vouched = policy["context"]
        event = events.connected(**policy["context"])
        event["requestContext"]["connectionId"] = socket.id
        made = world.connecting

        def body(_: Invocation, now: int) -> Any:
            return connect(event, made.connections, made.sockets, made.telemetry, now)

        world.lambdas.invoke("connect", (device.user, device.name), 10.0, body, partial(self._connected, socket))

    def _connected(self, socket: Socket, answer: Any, error: BaseException | None) -> None:
        if socket.state != "opening":
            return
        if error is not None or answer["statusCode"] != 200:
            self._refuse(socket, 500 if error else answer["statusCode"])
            return
        socket.state, socket.used, socket.opened_at = "open", self._clock.now, self._clock.now
        for connection in self._world.directory.users[socket.device.user].connections:
            if connection.id == socket.id and connection.expires > socket.expires:
                self._ledger.violate(f"{socket.id} counts as live beyond its token", socket.device.user)
        self._ledger.tell((socket.device.user, socket.device.name), socket.id, "is open")
        self._clock.later(IDLE, self._look_for_life, socket)
        self._clock.later(LIFETIME, self._too_old, socket)
        self._clock.later(self._world.delay(), socket.device.opened, socket.number)

    def _refuse(self, socket: Socket, status: int | None) -> None:
        socket.state = "closed"
        self._clock.later(self._world.delay(), socket.device.not_opened, socket.number, status)

    # -- how sockets end

    def _look_for_life(self, socket: Socket) -> None:
        idle_at = socket.used + IDLE
        if socket.state in {"open", "dead"}:
            if idle_at > self._clock.now:
                self._clock.at(idle_at, self._look_for_life, socket)
            else:
                self._ledger.count("closed for being idle")
                self.end(socket, 1001)

    def _too_old(self, socket: Socket) -> None:
        if socket.state in {"open", "dead"}:
            self._ledger.count("closed for its age")
            self.end(socket, 1001)

    def end(self, socket: Socket, code: int | None = None, *, tell: bool = True) -> None:
        """End the socket: the gateway closes it, or learns that it is closed."""
        if socket.state == "closed":
            return
        self._ledger.tell((socket.device.user, socket.device.name), socket.id, "is closed,", code)
        was, socket.state = socket.state, "closed"
        if tell and was == "open" and not self._world.happens("lost"):
            self._clock.later(self._world.delay(), socket.device.closed, socket.number, code)
        if was == "opening":
            return
        if self._world.happens("no_goodbye"):
            self._ledger.count("$disconnect never comes")
            return
        late = self._random.random() * 60 if self._world.happens("late_goodbye") else 0.0
        self._clock.later(late + 0.02, self._say_goodbye, socket)

    def _say_goodbye(self, socket: Socket) -> None:
        device, made = socket.device, self._world.connecting
        event = events.disconnected(socket.id, **self._context(socket))

        def body(_: Invocation, now: int) -> Any:
            return disconnect(event, made.connections, made.telemetry, now)

        self._world.lambdas.invoke("disconnect", (device.user, device.name), 10.0, body, lambda *_: None)

    def forget(self, socket: Socket) -> None:
        """Forget the socket. It no longer exists, and its $disconnect never comes."""
        socket.state = "closed"

    def leave(self, socket: Socket) -> None:
        """The device closes the socket or is gone. The gateway is told, or believes in the socket for a while."""
        if socket.state == "opening":
            # Its function continues, and may record a socket that nobody holds. No $disconnect follows.
            socket.state = "closed"
        elif socket.state == "open":
            if self._world.happens("vanishes"):
                self.vanish(socket)
            else:
                self._clock.later(self._world.delay(), self.end, socket, None)

    def vanish(self, socket: Socket) -> None:
        """The device can no longer be reached, and the gateway does not know. At the latest, the idle limit ends it."""
        if socket.state == "open":
            socket.state = "dead"
            self._ledger.count("dead sockets")
            self._ledger.tell((socket.device.user, socket.device.name), socket.id, "is dead, and looks alive")

    # -- frames up

    def send(self, socket: Socket, text: str) -> None:
        """Transmit a frame from a device."""
        if self._world.happens("cut"):
            self.end(socket, 1006)
        for delay in self._world.carriage(socket, up=True):
            self._clock.later(delay, self._receive, socket, text)

    def _receive(self, socket: Socket, text: str) -> None:
        world = self._world
        if socket.state != "open":
            return
        socket.used = self._clock.now
        if text == '{"action":"ping"}':
            self.carry(socket, _PONG)
            return
        if self._exact.loses and text.startswith(self._exact.loses):
            return
        if world.happens("turned_away"):
            self._ledger.count("frames turned away")
            self.carry(socket, _BUSY)
            return
        self.run(socket, text)

    def run(self, socket: Socket, text: str) -> None:
        """Pass a frame to its function."""
        world, device = self._world, socket.device
        if text.startswith('{"action":"send"'):
            socket.last_send = text
        event = events.frame(text, socket.id, **self._context(socket))

        def body(_: Invocation, now: int) -> Any:
            return message(event, world.messaging, now)

        self._ledger.tell((device.user, device.name), socket.id, "sends", text)
        ended = partial(self._answered, socket, self._clock.now)
        world.lambdas.invoke("message", (device.user, device.name), 20.0, body, ended)

    def _answered(self, socket: Socket, began: float, answer: Any, error: BaseException | None) -> None:
        if error is not None:
            if not isinstance(error, GreenletExit):
                self._ledger.violate(f"the message function raises {error!r}", socket.device.name)
            self.carry(socket, _NOISE)
            return
        body = answer.get("body")
        if socket.expires <= began * 1000 and '"code":"token_expired"' not in (body or ""):
            self._ledger.violate(f"a token that has expired is good for {body}", socket.device.name)
        if body is None:
            return
        if body.startswith('{"type":"synced"'):
            self._world.watcher.synced(socket.device.user, msgspec.json.decode(body, type=_Synced), began)
        if body.startswith('{"type":"ack"'):
            ack = json.loads(body)
            if "seq" in ack:
                log = self._world.log.entries.get(ack["conversation"], [])
                self._ledger.answered(socket.device.user, ack["id"], ack["conversation"], ack["seq"], log)
        self.carry(socket, body)

    @staticmethod
    def _context(socket: Socket) -> dict[str, Any]:
        return socket.vouched

    # -- frames down

    def carry(self, socket: Socket, text: str) -> None:
        """Carry a frame to the device."""
        if socket.state != "open":
            return
        socket.used = self._clock.now
        mute = socket.id in self._exact.mute and text != _PONG
        if mute or (socket.id in self._exact.lossy and text.startswith(_ENTRY)):
            return
        self._ledger.shown(socket.device.user, socket.device.name, text)
        for delay in self._world.carriage(socket, up=False):
            self._clock.later(delay, socket.device.heard, socket.number, text)

    def post(self, connections: Any, event: Event) -> list[Delivery]:
        """Post to each connection by itself, in any order. Never raises."""
        frame = encode(event)
        ends = [Delivery.LATER] * len(connections)
        for place in self._random.sample(range(len(connections)), len(connections)):
            post = partial(self._post, connections[place], frame)
            ends[place] = self._world.lambdas.cross(f"post to {connections[place]}", post, raises=False)
        return ends

    def _post(self, connection: str, frame: bytes) -> Delivery:
        socket = self.sockets[connection]
        self._world.watcher.posted(socket.device.user, frame, current().invocation)
        if socket.state in {"opening", "closed"}:
            self._ledger.count("410")
            return Delivery.GONE
        if connection in self._exact.slow or self._world.happens("slow_reader"):
            self._ledger.count("429")
            return Delivery.LATER
        self.carry(socket, frame.decode())
        return Delivery.DONE

    def close(self, connections: Any) -> list[Delivery]:
        """Close each connection by itself. Never raises."""
        close = self._world.lambdas.cross
        return [close(f"close {c}", partial(self._close, c), raises=False) for c in connections]

    def _close(self, connection: str) -> Delivery:
        if connection in self._exact.jammed or self._world.happens("throttled"):
            self._ledger.count("close fails")
            return Delivery.LATER
        socket = self.sockets[connection]
        if socket.state in {"open", "dead"}:  # a socket that is still opening cannot be closed yet
            self.end(socket, 1000)
        return Delivery.GONE
