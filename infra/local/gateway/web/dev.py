"""What an app needs to know here, and what only a laptop can show: settings, codes, pushes, invocations, and faults."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local import client_settings
from infra.local.gateway.web.feeds import Feed, listed
from infra.local.gateway.websocket.sockets import ANY_ROUTE, Socket, Sockets

_JSON = "application/json"


class Feeds(Protocol):
    """The lists that grow."""

    codes: Feed
    pushes: Feed
    log: Feed


class Disturbance(msgspec.Struct, forbid_unknown_fields=True):
    """The body of ``POST /dev/faults``: what is done, and to which sockets."""

    action: Literal["cut", "lose_disconnect", "double_frame"]
    connection: str = ""
    user: str = ""
    device: str = ""
    route: str = ""
    """With ``double_frame``: only a frame with this ``action`` is meant."""


class Dev:
    """The routes' handlers."""

    def __init__(self, settings: Mapping[str, str], sockets: Sockets, feeds: Feeds) -> None:
        self._settings = settings
        self._sockets = sockets
        self._codes, self._pushes, self._log = feeds.codes, feeds.pushes, feeds.log

    async def settings_json(self, _: Request) -> Response:
        """``GET /settings.json``."""
        return _fresh(client_settings.as_json(self._settings), _JSON)

    async def settings_js(self, _: Request) -> Response:
        """``GET /settings.js``."""
        return _fresh(client_settings.as_module(self._settings), "text/javascript; charset=utf-8")

    async def codes(self, request: Request) -> Response:
        """``GET /dev/codes``."""
        wanted = request.query_params.get("email", "").lower()
        items = [code for code in self._codes.items() if not wanted or code["email"].lower() == wanted]
        return listed("codes", items)

    async def codes_stream(self, request: Request) -> Response:
        """``GET /dev/codes/stream``."""
        return self._codes.stream(request)

    async def pushes(self, _: Request) -> Response:
        """``GET /dev/pushes``."""
        return listed("pushes", self._pushes.items())

    async def pushes_stream(self, request: Request) -> Response:
        """``GET /dev/pushes/stream``."""
        return self._pushes.stream(request)

    async def log(self, request: Request) -> Response:
        """``GET /dev/log``."""
        return self._log.stream(request)

    async def connections(self, _: Request) -> Response:
        """``GET /dev/connections``."""
        return listed("connections", [_described(socket) for socket in self._sockets.all()])

    async def faults(self, request: Request) -> Response:
        """``POST /dev/faults``. It takes JSON only, which no page can send without a preflight."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            return _refused("the body must be sent as application/json")
        try:
            asked = msgspec.json.decode(await request.body(), type=Disturbance)
        except msgspec.DecodeError as error:
            return _refused(str(error))
        if asked.route and asked.action != "double_frame":
            return _refused("`route` goes with `double_frame` only")
        if bool(asked.connection) == bool(asked.user):
            return _refused("either `connection` or `user` says which sockets are meant")
        meant = [socket for socket in self._sockets.all() if not socket.ghost and _is_meant(socket, asked)]
        for socket in meant:
            if asked.action == "double_frame":
                socket.repeat_next = asked.route or ANY_ROUTE
            else:
                socket.cut(believed=asked.action == "lose_disconnect")
        return JSONResponse({"sockets": len(meant)})


def _is_meant(socket: Socket, asked: Disturbance) -> bool:
    if asked.connection:
        return socket.caller.connection == asked.connection
    return socket.user == asked.user and (not asked.device or socket.device == asked.device)


def _described(socket: Socket) -> Mapping[str, object]:
    connected = datetime.fromtimestamp(socket.caller.at / 1000, UTC)
    return {
        "connection": socket.caller.connection,
        "user": socket.user,
        "device": socket.device,
        "connectedAt": connected.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "believed": socket.ghost,
    }


def _fresh(body: str, media_type: str) -> Response:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(body, headers=headers, media_type=media_type)


def _refused(why: str) -> Response:
    return JSONResponse({"message": why}, 400)
