"""A client's connection, from the upgrade to ``$disconnect``.

Sources: "Manage connected users and client apps: $connect and $disconnect routes", "Using the $default route", and "Set
up a WebSocket API integration response" in the API Gateway developer guide. The guide does not say what happens to an
answer that is longer than a message may be. Here the client gets an error frame, and a line is logged.
"""

import asyncio
import logging
import random
import time
from http import HTTPStatus
from typing import Any

from starlette.websockets import WebSocket

from infra.local.gateway.access.authorizing import Refused
from infra.local.gateway.websocket import events, routing, upgrade
from infra.local.gateway.websocket.deployed import Route
from infra.local.gateway.websocket.events import Caller, Event
from infra.local.gateway.websocket.integrations import Reply, Trouble, encode
from infra.local.gateway.websocket.protocol import EXTENSION
from infra.local.gateway.websocket.sockets import Socket
from infra.local.gateway.websocket.stage import Stage

_log = logging.getLogger(__name__)
_ABNORMAL = 1006
_REPEAT_WITHIN = 1.0
"""Seconds. A repeat at once races with the original; a later one comes after others have written."""


class Session:
    """The session of one client."""

    def __init__(self, stage: Stage, websocket: WebSocket) -> None:
        client = websocket.client
        self._stage = stage
        self._api = stage.api
        self._websocket = websocket
        address, agent = client.host if client else "", websocket.headers.get("user-agent", "")
        self._caller = Caller(events.new_id(), address, agent, int(time.time() * 1000))
        self._vouched: dict[str, Any] | None = None

    async def run(self) -> None:
        """Run the whole session."""
        await self._websocket.receive()  # the upgrade
        request = events.new_id()
        admitted = await upgrade.admit(self._stage, self._caller, self._websocket, request)
        if isinstance(admitted, Refused):
            await upgrade.refuse(self._websocket, admitted, self._caller.connection, request)
            return
        self._vouched = admitted.vouched
        try:
            await upgrade.accept(self._websocket, admitted.protocol)
        except OSError:
            self._stage.later(self._disconnect(_ABNORMAL, ""))
            return
        await self._stay()

    async def _stay(self) -> None:
        wire = self._websocket.scope["extensions"][EXTENSION]
        socket = Socket(self._api, self._caller, wire, self._stage.limits, self._stage.loses)
        socket.user = str((self._vouched or {}).get("principalId", ""))
        socket.device = self._websocket.query_params.get("device", "")
        self._stage.sockets.add(socket)
        code, reason = await self._listen(socket)
        if socket.ghost:
            self._stage.later(self._haunt(socket))
        else:
            self._stage.sockets.remove(socket)
            self._stage.later(self._disconnect(code, reason))

    async def _listen(self, socket: Socket) -> tuple[int, str]:
        """Take messages until the socket ends, and return the code and the reason."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return message.get("code", _ABNORMAL), message.get("reason") or ""
            socket.touch()
            if not self._stage.loses():
                self._stage.later(self._message(socket, message["text"]))
                if socket.repeats(routing.action(message["text"])) or self._stage.repeats():
                    self._stage.later(self._again(socket, message["text"]))

    async def _again(self, socket: Socket, text: str) -> None:
        await asyncio.sleep(random.uniform(0, _REPEAT_WITHIN))  # noqa: S311
        await self._message(socket, text)

    async def _message(self, socket: Socket, text: str) -> None:
        request = events.new_id()
        key = routing.select(self._api.selection, text, self._api.routes)
        if key is None:
            self._complain(socket, request, HTTPStatus.FORBIDDEN.phrase)
            return
        if not self._stage.throttle.take(key, time.monotonic()):
            self._complain(socket, request, HTTPStatus.TOO_MANY_REQUESTS.phrase)
            return
        route = self._api.routes[key]
        event = events.message(self._context(key, "MESSAGE", request), text, self._api.variables)
        self._answer(socket, request, route, await self._stage.integrations.run(route.integration, event))

    def _answer(self, socket: Socket, request: str, route: Route, reply: Reply | Trouble) -> None:
        if isinstance(reply, Trouble):
            self._complain(socket, request, reply.word)
        elif route.responds and reply.body:
            body = reply.body.encode()
            if len(body) > self._stage.limits.message:
                _log.warning("%s/%s answered with %d bytes, too many for a message", self._api.id, route.key, len(body))
                self._complain(socket, request, Trouble.BAD_ANSWER.word)
                return
            socket.send(body)

    def _complain(self, socket: Socket, request: str, word: str) -> None:
        socket.send(encode({"message": word, "connectionId": self._caller.connection, "requestId": request}))

    async def _haunt(self, socket: Socket) -> None:
        await socket.haunt()
        self._stage.sockets.remove(socket)
        await self._disconnect(1001, "Going away")

    async def _disconnect(self, code: int, reason: str) -> None:
        """Fire ``$disconnect`` on a best-effort basis, as on AWS: once, and its outcome changes nothing."""
        route = self._api.routes.get(routing.DISCONNECT)
        if route is None or random.random() < self._stage.faults.disconnect_loss:  # noqa: S311
            return
        base = self._context(route.key, "DISCONNECT", events.new_id())
        await self._stage.integrations.run(route.integration, events.disconnected(self._api, base, code, reason))

    def _context(self, route: str, kind: str, request: str) -> Event:
        return events.context(self._api, self._caller, route, kind, request, self._vouched)
