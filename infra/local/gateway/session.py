"""A client's connection, from the upgrade to ``$disconnect``.

Sources: "Manage connected users and client apps: $connect and $disconnect routes", "Using the $default route" and
"WebSocket API mapping template reference" in the API Gateway developer guide.
"""

import asyncio
import random
import time
from typing import Any

from starlette.websockets import WebSocket

from infra.local.gateway import authorizing, events, routing
from infra.local.gateway.authorizing import Refused
from infra.local.gateway.deployed import Api, Route
from infra.local.gateway.events import Caller, Event
from infra.local.gateway.functions import Functions
from infra.local.gateway.integrations import Integrations, Reply, Trouble, encode
from infra.local.gateway.protocol import EXTENSION, Wire
from infra.local.gateway.settings import Faults, Limits
from infra.local.gateway.sockets import Socket, Sockets
from infra.local.gateway.throttle import Throttle

_PROTOCOL = b"sec-websocket-protocol"
_TOO_MANY = "Too Many Requests"
_FORBIDDEN = "Forbidden"


class Stage:
    """One stage of an API at work."""

    def __init__(
        self, api: Api, functions: Functions, integrations: Integrations, sockets: Sockets, limits: Limits
    ) -> None:
        self.api = api
        self.functions = functions
        self.integrations = integrations
        self.sockets = sockets
        self.limits = limits
        self.throttle = Throttle(api.rates)
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def faults(self) -> Faults:
        """Those to be made just now."""
        return self.sockets.faults

    def later(self, work: Any) -> None:
        """Do it beside everything else, and even if the socket ends meanwhile."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class Session:
    """One client's."""

    def __init__(self, stage: Stage, websocket: WebSocket) -> None:
        client = websocket.client
        self._stage = stage
        self._api = stage.api
        self._websocket = websocket
        address, agent = client.host if client else "", websocket.headers.get("user-agent", "")
        self._caller = Caller(events.new_id(), address, agent, int(time.time() * 1000))
        self._vouched: dict[str, Any] | None = None

    async def run(self) -> None:
        """All of it."""
        await self._websocket.receive()  # the upgrade
        refused = await self._connect()
        if refused is not None:
            return
        socket = self._open()
        code, reason = await self._listen(socket)
        if socket.ghost:
            self._stage.later(self._haunt(socket))
            return
        self._stage.sockets.remove(socket)
        self._stage.later(self._disconnect(code, reason))

    async def _connect(self) -> Refused | None:
        """Ask the authorizer and ``$connect``, and answer the upgrade."""
        request = events.new_id()
        outcome = await self._admit(request)
        if isinstance(outcome, Refused):
            body = {"message": outcome.message, "connectionId": self._caller.connection, "requestId": request}
            await self._websocket.send(
                {
                    "type": "websocket.http.response.start",
                    "status": outcome.status,
                    "headers": [(b"content-type", b"application/json"), (b"x-amzn-requestid", request.encode())],
                }
            )
            await self._websocket.send({"type": "websocket.http.response.body", "body": encode(body)})
            return outcome
        chosen = next((v for name, v in outcome.items() if name.lower() == _PROTOCOL.decode()), None)
        headers = [(_PROTOCOL, chosen.encode())] if chosen else []
        await self._websocket.accept(headers=headers)
        return None

    async def _admit(self, request: str) -> Refused | dict[str, str]:
        """The headers that ``$connect`` answers."""
        route = self._api.routes.get(routing.CONNECT)
        if route is None:
            return {}
        if not self._stage.throttle.take(routing.CONNECT, time.monotonic()):
            return Refused(429, _TOO_MANY)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._websocket.headers.raw]
        query = self._websocket.scope["query_string"].decode("latin-1")
        shaken = events.handshake(self._api, headers, query, self._caller.address)
        base = self._context(route.key, "CONNECT", request)
        if route.authorization == "CUSTOM":
            event = events.authorization(self._api, base, shaken)
            vouched = await authorizing.authorize(self._api, route.authorizer, event, self._stage.functions)
            if isinstance(vouched, Refused):
                return vouched
            self._vouched = vouched
        elif route.authorization != "NONE":
            return Refused(403, _FORBIDDEN)
        event = events.connected(self._context(route.key, "CONNECT", request), shaken)
        reply = await self._stage.integrations.run(route.integration, event)
        if isinstance(reply, Trouble):
            return Refused(reply.status, reply.word)
        if not 200 <= reply.status < 300:
            return Refused(reply.status, reply.body or _FORBIDDEN)
        return reply.headers

    def _open(self) -> Socket:
        wire: Wire = self._websocket.scope["extensions"][EXTENSION]
        socket = Socket(self._api, self._caller, wire, self._stage.limits, self._loses)
        self._stage.sockets.add(socket)
        return socket

    async def _listen(self, socket: Socket) -> tuple[int, str]:
        """Take messages until the socket ends; the code and the reason of that."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                code = message.get("code", 1005)
                return code, events.closed_because(code, message.get("reason") or "")
            socket.touch()
            if not self._loses():
                self._stage.later(self._message(socket, message["text"]))

    async def _message(self, socket: Socket, text: str) -> None:
        request = events.new_id()
        key = routing.select(self._api.selection, text, self._api.routes)
        if key is None:
            self._complain(socket, request, _FORBIDDEN)
            return
        if not self._stage.throttle.take(key, time.monotonic()):
            self._complain(socket, request, _TOO_MANY)
            return
        route = self._api.routes[key]
        event = events.message(self._context(key, "MESSAGE", request), text, self._api.variables)
        self._answer(socket, request, route, await self._stage.integrations.run(route.integration, event))

    def _answer(self, socket: Socket, request: str, route: Route, reply: Reply | Trouble) -> None:
        if isinstance(reply, Trouble):
            self._complain(socket, request, reply.word)
        elif route.responds and reply.body:
            socket.send(reply.body.encode())

    def _complain(self, socket: Socket, request: str, word: str) -> None:
        socket.send(encode({"message": word, "connectionId": self._caller.connection, "requestId": request}))

    async def _haunt(self, socket: Socket) -> None:
        await socket.haunt()
        self._stage.sockets.remove(socket)
        await self._disconnect(1001, events.closed_because(1001, "Going away"))

    async def _disconnect(self, code: int, reason: str) -> None:
        """Best effort, as on AWS: once, and its outcome changes nothing."""
        route = self._api.routes.get(routing.DISCONNECT)
        if route is None or random.random() < self._stage.faults.disconnect_loss:  # noqa: S311
            return
        base = self._context(route.key, "DISCONNECT", events.new_id())
        await self._stage.integrations.run(route.integration, events.disconnected(self._api, base, code, reason))

    def _context(self, route: str, kind: str, request: str) -> Event:
        base = events.context(self._api, self._caller, route, kind, request)
        return base if self._vouched is None else {**base, "authorizer": self._vouched}

    def _loses(self) -> bool:
        return random.random() < self._stage.faults.frame_loss  # noqa: S311
