"""The local server's routes."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, request_response

from infra.local.gateway.settings import Site
from infra.local.gateway.web.dev import Dev, Feeds
from infra.local.gateway.web.guard import Guarded
from infra.local.gateway.web.page_only import PageOnly
from infra.local.gateway.web.static import Files, security_headers
from infra.local.gateway.websocket.sockets import Sockets

Handler = Callable[[Request], Awaitable[Response]]


def routes(site: Site, sockets: Sockets, feeds: Feeds) -> list[Route]:
    """Return the routes. The last one takes every path that nothing else has taken."""
    dev = Dev(site.settings, sockets, feeds)
    page_only = PageOnly(Path(site.people))
    handlers: dict[str, Handler] = {
        "/settings.json": dev.settings_json,
        "/settings.js": dev.settings_js,
        "/dev/codes": dev.codes,
        "/dev/codes/stream": dev.codes_stream,
        "/dev/pushes": dev.pushes,
        "/dev/pushes/stream": dev.pushes_stream,
        "/dev/log": dev.log,
        "/dev/connections": dev.connections,
        "/dev/people": page_only.people,
        "/dev/prices": page_only.prices,
    }
    guarded = [Route(path, Guarded(request_response(h)), methods=["GET", "OPTIONS"]) for path, h in handlers.items()]
    faults = Route("/dev/faults", Guarded(request_response(dev.faults)), methods=["POST", "OPTIONS"])
    headers = security_headers(site.settings["s3Url"], _connections(site))
    folders = {"/parley": site.client, "/elements": site.elements, "": site.page}
    files = [
        Route(f"{path}/{{path:path}}", Guarded(Files(Path(folder), headers), shared=True))
        for path, folder in folders.items()
    ]
    return [*guarded, faults, *files]


def _connections(site: Site) -> tuple[str, ...]:
    """Return the origins that the page's scripts talk to: the APIs here, and the embedded AWS."""
    wanted = [site.settings[name] for name in ("socketUrl", "httpUrl", "cognitoUrl", "s3Url")]
    return tuple(dict.fromkeys(f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in wanted))
