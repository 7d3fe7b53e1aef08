"""Who may use the local server: programs on this machine, and pages that this machine serves.

A name that somebody points at 127.0.0.1 (DNS rebinding) is recognized by the Host header, and a page from elsewhere by
the headers ``Origin`` and ``Sec-Fetch-Site``, which browsers set and pages cannot. Sources: the Fetch standard,
"CORS protocol"; "Fetch Metadata Request Headers" (W3C).
"""

import re
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NAME = r"(?:localhost|127\.0\.0\.1|\[::1\])"
_HOST = re.compile(rf"{_NAME}(?::\d{{1,5}})?", re.IGNORECASE)
_ORIGIN = re.compile(rf"https?://{_NAME}(?::\d{{1,5}})?", re.IGNORECASE)


def is_local_host(host: str) -> bool:
    """Return whether a Host header names this machine."""
    return _HOST.fullmatch(host) is not None


def is_local_origin(origin: str) -> bool:
    """Return whether a page of this origin was served by this machine."""
    return _ORIGIN.fullmatch(origin) is not None


def refused(headers: Mapping[str, str], *, shared: bool) -> str | None:
    """Return why a request is refused, or None. ``shared`` files may be embedded by pages from anywhere, unread."""
    if not is_local_host(headers.get("host", "")):
        return "This address serves only requests to localhost or 127.0.0.1."
    origin = headers.get("origin")
    if shared or (origin is not None and is_local_origin(origin)):
        return None
    if origin is not None or headers.get("sec-fetch-site") == "cross-site":
        return "Only pages from localhost or 127.0.0.1 may ask for this."
    return None


class Guarded:
    """An application that only local requests reach, with CORS for local pages.

    Args:
        app: what is guarded.
        shared: whether pages from anywhere may embed what is there. They still cannot read it.
    """

    def __init__(self, app: ASGIApp, *, shared: bool = False) -> None:
        self._app = app
        self._shared = shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if why := refused(request.headers, shared=self._shared):
            await PlainTextResponse(f"{why}\n", 403)(scope, receive, send)
            return
        origin = request.headers.get("origin", "")
        allowed = {"access-control-allow-origin": origin} if is_local_origin(origin) else {}
        if request.method == "OPTIONS":
            preflight = {
                "access-control-allow-methods": "GET, POST",
                "access-control-allow-headers": "content-type, last-event-id",
                "access-control-max-age": "600",
            }
            await Response(status_code=204, headers={"vary": "Origin", **allowed, **preflight})(scope, receive, send)
            return

        async def with_cors(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                headers.update(allowed)
            await send(message)

        await self._app(scope, receive, with_cors)
