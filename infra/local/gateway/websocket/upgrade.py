"""The upgrade: who is let in, and how everyone else is refused.

Source: "The $connect route" and "Control access to WebSocket APIs with AWS Lambda REQUEST authorizers" in the API
Gateway developer guide. Authorization by IAM signatures is refused, because nothing here needs it. The guide does not
say what happens to an answer whose status or header is invalid (here it is a bad answer, 502), or to a URL beyond the
quota of 4,096 characters (here 414).
"""

import re
import time
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.websockets import WebSocket

from infra.local.gateway.access import authorizing
from infra.local.gateway.access.authorizing import Refused
from infra.local.gateway.websocket import events, routing
from infra.local.gateway.websocket.events import Caller
from infra.local.gateway.websocket.integrations import Trouble, encode
from infra.local.gateway.websocket.stage import Stage

_PROTOCOL = "sec-websocket-protocol"
_URL = 4096
_VALUE = re.compile(r"[\x20-\x7e]*")


class Admitted(NamedTuple):
    """The sub-protocol that ``$connect`` has chosen, if any, and the context that the authorizer vouches for."""

    protocol: str = ""
    vouched: dict[str, Any] | None = None


async def admit(stage: Stage, caller: Caller, websocket: WebSocket, request: str) -> Admitted | Refused:
    """Return the verdict of the authorizer and ``$connect``."""
    api = stage.api
    route = api.routes.get(routing.CONNECT)
    if route is None:
        return Admitted()
    if not stage.throttle.take(route.key, time.monotonic()):
        return Refused(429, HTTPStatus.TOO_MANY_REQUESTS.phrase)
    query = websocket.scope["query_string"].decode("latin-1")
    if len(f"wss://{api.domain}/{api.stage}?{query}") > _URL:
        return Refused(414, HTTPStatus.REQUEST_URI_TOO_LONG.phrase)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in websocket.headers.raw]
    shaken = events.handshake(api, headers, query, caller.address)
    vouched = None
    if route.authorization == "CUSTOM":
        event = events.authorization(api, events.context(api, caller, route.key, "CONNECT", request), shaken)
        judged = await authorizing.authorize(api, route.authorizer, event, stage.functions)
        if isinstance(judged, Refused):
            return judged
        vouched = judged
    elif route.authorization != "NONE":
        return Refused(403, HTTPStatus.FORBIDDEN.phrase)
    event = events.connected(events.context(api, caller, route.key, "CONNECT", request, vouched), shaken)
    reply = await stage.integrations.run(route.integration, event)
    if isinstance(reply, Trouble):
        return Refused(reply.status, reply.word)
    chosen = next((value for name, value in reply.headers.items() if name.lower() == _PROTOCOL), "")
    if not (200 <= reply.status <= 599 and _VALUE.fullmatch(chosen)):
        return Refused(Trouble.BAD_ANSWER.status, Trouble.BAD_ANSWER.word)
    if reply.status >= 300:
        return Refused(reply.status, _phrase(reply.status))
    return Admitted(chosen, vouched)


async def accept(websocket: WebSocket, protocol: str) -> None:
    """Let the client in.

    Raises:
        OSError: the client has gone meanwhile.
    """
    await websocket.accept(headers=[(_PROTOCOL.encode(), protocol.encode())] if protocol else [])


async def refuse(websocket: WebSocket, refused: Refused, connection: str, request: str) -> None:
    """Refuse the upgrade with a status."""
    headers = [(b"content-type", b"application/json"), (b"x-amzn-requestid", request.encode())]
    body = encode({"message": refused.message, "connectionId": connection, "requestId": request})
    await websocket.send({"type": "websocket.http.response.start", "status": refused.status, "headers": headers})
    await websocket.send({"type": "websocket.http.response.body", "body": body})


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
