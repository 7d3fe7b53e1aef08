"""A way into the emulator's process for whoever has started it: handlers below ``/_parley``, behind a secret."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Query = Mapping[str, str]
Handler = Callable[[Query, Receive, Send], Awaitable[None]]

PATH = "/_parley"
SECRET = "x-parley-secret"  # noqa: S105 - the header's name


def beside(app: App, secret: str, handlers: Mapping[str, Handler]) -> App:
    """Return the application with these handlers, by the last part of their path, beside it."""

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(f"{PATH}/"):
            await app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(SECRET.encode(), b"")
        handler = handlers.get(scope["path"].removeprefix(f"{PATH}/"))
        if not secrets.compare_digest(given, secret.encode()):
            await answer(send, 403)
        elif handler is None:
            await answer(send, 404)
        else:
            query = parse_qs(scope["query_string"].decode("latin-1"))
            await handler({name: values[0] for name, values in query.items()}, receive, send)

    return both


async def begin(send: Send, status: int = 200) -> None:
    """Begin an answer, whose parts follow."""
    headers = [(b"content-type", b"application/x-ndjson"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def part(send: Send, body: bytes) -> None:
    """Send a part of an answer."""
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def answer(send: Send, status: int, body: bytes = b"") -> None:
    """Send a whole answer."""
    await begin(send, status)
    await send({"type": "http.response.body", "body": body})
