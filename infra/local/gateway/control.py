"""The control endpoint: faults, deaths and figures, for whoever started the gateway and nobody else.

It is below ``/_gateway``, beside the APIs' paths. It requires a secret that only the starter has, so that no web page
can reach it.
"""

import secrets
from collections.abc import Awaitable, Callable

import msgspec
import psutil
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.gateway.functions.pool import Functions
from infra.local.gateway.settings import Faults, Stats
from infra.local.gateway.websocket.sockets import Sockets

SECRET = "x-gateway-secret"  # noqa: S105 - the header's name
PATH = "/_gateway"


class Control:
    """The control endpoint's routes, over what they control."""

    def __init__(self, sockets: Sockets, functions: Functions, secret: str) -> None:
        self._sockets = sockets
        self._functions = functions
        self._secret = secret
        self._process = psutil.Process()

    def routes(self) -> list[Route]:
        """Return the routes for the application."""
        return [
            Route(f"{PATH}/stats", self._guarded(self._stats), methods=["GET"]),
            Route(f"{PATH}/faults", self._guarded(self._faults), methods=["PUT"]),
            Route(f"{PATH}/kill", self._guarded(self._kill), methods=["POST"]),
            Route(f"{PATH}/cut", self._guarded(self._cut), methods=["POST"]),
        ]

    def _guarded(self, work: Callable[[Request], Awaitable[object]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            if not secrets.compare_digest(request.headers.get(SECRET, "").encode(), self._secret.encode()):
                return Response(status_code=403)
            return Response(msgspec.json.encode(await work(request)), media_type="application/json")

        return guarded

    async def _stats(self, _: Request) -> Stats:
        sockets, ghosts = self._sockets.counts()
        workers, invocations, deaths = self._functions.counts()
        return Stats(sockets, ghosts, workers, invocations, deaths, self._process.memory_info().rss)

    async def _faults(self, request: Request) -> None:
        self._sockets.faults = msgspec.json.decode(await request.body(), type=Faults)

    async def _kill(self, request: Request) -> int:
        return self._functions.kill(int(request.query_params["workers"]))

    async def _cut(self, request: Request) -> int:
        share, believed = float(request.query_params["share"]), request.query_params["believed"] == "true"
        return self._sockets.cut(share, believed=believed)
