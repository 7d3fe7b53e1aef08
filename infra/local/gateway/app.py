"""The ASGI application: the sockets and connections API of every deployed WebSocket API, and every HTTP API.

Each is below a path of its own. The path is the emulator's, ``/_aws/execute-api/{api}/{stage}``, so that a request's
signature is valid at both.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import httpx
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from infra.local.gateway.access.jwts import Jwts
from infra.local.gateway.access.permissions import Permissions
from infra.local.gateway.control import Control
from infra.local.gateway.functions.pool import Functions
from infra.local.gateway.http.app import BASE, Http
from infra.local.gateway.http.deployed import HttpDeployed
from infra.local.gateway.settings import Start
from infra.local.gateway.web.routes import routes
from infra.local.gateway.web.upstream import Upstream
from infra.local.gateway.websocket.connections import Connections
from infra.local.gateway.websocket.deployed import Api, Deployed, NotDeployed
from infra.local.gateway.websocket.integrations import Integrations
from infra.local.gateway.websocket.session import Session
from infra.local.gateway.websocket.sockets import Sockets
from infra.local.gateway.websocket.stage import Stage

_HTTP = f"{BASE}/{{api}}"
_BASE = f"{_HTTP}/{{stage}}"
_log = logging.getLogger(__name__)


class Stages:
    """The APIs' stages at work. Each is read when it is first asked for."""

    def __init__(self, deployed: Deployed, functions: Functions, sockets: Sockets, start: Start) -> None:
        self._deployed = deployed
        self._functions = functions
        self._sockets = sockets
        self._limits = start.limits
        self._integrations = Integrations(functions, start.limits.integration)
        self._stages: dict[tuple[str, str], Stage] = {}
        self._reading = asyncio.Lock()

    async def find(self, api: str, stage: str) -> Stage:
        """Return this stage.

        Raises:
            NotDeployed: there is no such stage, or it leads to functions that do not exist.
        """
        async with self._reading:
            if (api, stage) not in self._stages:
                read = await asyncio.to_thread(self._deployed.api, api, stage)
                await self._functions.prepare(_functions(read))
                made = Stage(read, self._functions, self._integrations, self._sockets, self._limits)
                self._stages[api, stage] = made
            return self._stages[api, stage]

    async def prepare(self) -> None:
        """Read all stages that exist."""
        for api, stage in await asyncio.to_thread(self._deployed.stages):
            try:
                await self.find(api, stage)
            except NotDeployed as error:
                _log.warning("not served: %s/%s leads to %s, which does not exist", api, stage, error)


def application(start: Start) -> Starlette:
    """Return the application."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await _until_healthy(start.endpoint)
        deployed = await asyncio.to_thread(Deployed, start.endpoint, start.region)
        sockets = Sockets()
        upstream = Upstream(start.endpoint, start.site.secret if start.site else "")
        functions = Functions(deployed, start, lambda: sockets.faults, upstream.observe)
        stages = Stages(deployed, functions, sockets, start)
        connections = Connections(sockets, Permissions(start.endpoint), start.limits, upstream)
        http = Http(HttpDeployed(deployed), functions, Jwts(start.endpoint), start.limits)
        await stages.prepare()
        await http.prepare()

        async def serve(websocket: WebSocket) -> None:
            try:
                stage = await stages.find(websocket.path_params["api"], websocket.path_params["stage"])
            except NotDeployed:
                await websocket.close()  # closing before accepting gives 403, as on AWS
                return
            await Session(stage, websocket).run()

        app.router.routes += [
            WebSocketRoute(_BASE, serve),
            Route(f"{_BASE}/@connections/{{connection}}", connections.handle, methods=["POST", "GET", "DELETE"]),
            *Control(sockets, functions, start.secret).routes(),
            Route(_HTTP, http),
            Route(f"{_HTTP}/{{path:path}}", http),
        ]
        if start.site:
            upstream.start()
            app.router.routes += routes(start.site, sockets, upstream)
        yield

    return Starlette(lifespan=lifespan)


async def _until_healthy(endpoint: str) -> None:
    """Wait for the embedded AWS. Whoever started both of us watches it, and gives up if it does not come."""
    async with httpx.AsyncClient(trust_env=False, timeout=2.0) as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                await http.get(f"{endpoint}/_ministack/health")
                return
            await asyncio.sleep(0.05)


def _functions(api: Api) -> set[str]:
    arns = {route.integration.function for route in api.routes.values() if route.integration}
    arns |= {route.authorizer.function for route in api.routes.values() if route.authorizer}
    return arns - {""}
