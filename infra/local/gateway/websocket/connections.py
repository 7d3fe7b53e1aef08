"""The connections API: it posts to sockets, looks at them, and closes them.

Sources: "Use @connections commands in your backend service" in the API Gateway developer guide, and "@connections" in
the API Gateway Management API reference. The statuses are 400 for what is not a connection id, 403, 410 for a
connection that is not open (or not yet, within $connect), 413 beyond 128 KB, and 429 if the client reads too slowly.
"""

import random
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local import tracing
from infra.local.gateway.access.permissions import Permissions
from infra.local.gateway.settings import Limits
from infra.local.gateway.websocket.sockets import Socket, Sockets

_SERVICE = "apigatewaymanagementapi"
_OPERATIONS = {"POST": "PostToConnection", "GET": "GetConnection", "DELETE": "DeleteConnection"}
_ID = re.compile(r"[A-Za-z0-9_-]{15}=")


class Log(Protocol):
    """Whoever wants to know which calls belong to which invocation."""

    @property
    def watched(self) -> bool:
        """Return whether anybody does."""

    def called(self, request: str, call: Mapping[str, Any]) -> None:
        """Note a call of an invocation."""


class Connections:
    """The API, for every stage's sockets. ``log`` hears about the calls that functions make."""

    def __init__(self, sockets: Sockets, permissions: Permissions, limits: Limits, log: Log) -> None:
        self._log = log
        self._sockets = sockets
        self._permissions = permissions
        self._limits = limits

    async def handle(self, request: Request) -> Response:
        """Handle ``POST``, ``GET`` or ``DELETE`` of ``…/{api}/{stage}/@connections/{connection}``."""
        invocation = tracing.request_of(request.headers.get("x-amzn-trace-id", "")) if self._log.watched else None
        if invocation is None:
            return await self._handle(request)
        at, began = int(time.time() * 1000), time.monotonic()
        answer = await self._handle(request)
        ms = round((time.monotonic() - began) * 1000, 2)
        call = {"service": _SERVICE, "operation": _OPERATIONS[request.method], "at": at, "ms": ms}
        self._log.called(invocation, {**call, "status": answer.status_code})
        return answer

    async def _handle(self, request: Request) -> Response:
        api, stage, connection = (request.path_params[name] for name in ("api", "stage", "connection"))
        body = await request.body()
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        target = request.scope["raw_path"].decode("latin-1")
        denied = await self._permissions.check(request.method, f"{api}/{stage}", target, headers, body)
        if denied:
            return Response(denied.body, denied.status, {"x-amzn-ErrorType": denied.kind or "ForbiddenException"})
        if not _ID.fullmatch(connection):
            return _error(400, "BadRequestException", f"Invalid connectionId: {connection}")
        socket = self._sockets.find(api, stage, connection)
        if socket is None:
            return _error(410, "GoneException", "GoneException")
        if request.method == "GET":
            return JSONResponse(_described(socket))
        if request.method == "DELETE":
            socket.ghost = False
            socket.end()
            return Response(status_code=204)
        return self._post(socket, body)

    def _post(self, socket: Socket, body: bytes) -> Response:
        if len(body) > self._limits.message:
            return _error(413, "PayloadTooLargeException", "Message too long")
        if socket.full() or random.random() < self._sockets.faults.post_throttle:  # noqa: S311
            return _error(429, "LimitExceededException", "The client's buffer is full, or posts come too fast")
        if body and not socket.send(body.decode("utf-8", errors="replace").encode()):
            return _error(410, "GoneException", "GoneException")
        return Response(status_code=200)


def _described(socket: Socket) -> dict[str, object]:
    caller = socket.caller
    identity = {"sourceIp": caller.address} | ({"userAgent": caller.agent} if caller.agent else {})
    return {"connectedAt": _iso(caller.at / 1000), "lastActiveAt": _iso(socket.active_at), "identity": identity}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"message": message}, status, {"x-amzn-ErrorType": kind})
