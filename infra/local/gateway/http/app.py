"""The HTTP APIs' data plane: every deployed API, below ``/_aws/execute-api/{api}``.

Sources: "Create HTTP APIs in API Gateway" and "Quotas for configuring and running an HTTP API" in the developer guide.
The statuses, each with ``{"message": …}``, are 404 without a route, 413 beyond 10 MB, 429 beyond the stage's rate, 431
beyond 10,240 bytes of request line and headers, 503 if the function has not answered within 30 s, and 500 if the
function fails. The guide does not say what happens if a function has no free capacity; here it is 503.
"""

import asyncio
import time
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from infra.local.gateway.access.jwts import Jwts, Refused
from infra.local.gateway.functions.invocation import SIZE, Failure
from infra.local.gateway.functions.pool import Functions
from infra.local.gateway.http import cors
from infra.local.gateway.http import events as http_events
from infra.local.gateway.http import routing as http_routing
from infra.local.gateway.http.deployed import DEFAULT_STAGE, HttpDeployed, Stage
from infra.local.gateway.http.events import Answer, Asked, Malformed
from infra.local.gateway.settings import Limits
from infra.local.gateway.throttle import Throttle
from infra.local.gateway.websocket.deployed import NotDeployed
from infra.local.gateway.websocket.events import new_id
from infra.local.gateway.websocket.integrations import encode

BASE = "/_aws/execute-api"


class _Working(NamedTuple):
    stage: Stage
    throttle: Throttle


class Http:
    """The application for paths of HTTP APIs (ASGI)."""

    def __init__(self, deployed: HttpDeployed, functions: Functions, jwts: Jwts, limits: Limits) -> None:
        self._deployed = deployed
        self._functions = functions
        self._jwts = jwts
        self._limits = limits
        self._apis: dict[str, dict[str, _Working]] = {}

    async def prepare(self) -> None:
        """Read all APIs that exist."""
        for api in await asyncio.to_thread(self._deployed.apis):
            await self._stages(api)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        answer = await self._answer(request, scope["path_params"]["api"])
        response = Response(answer.body, answer.status)
        response.raw_headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        response.headers.setdefault("apigw-requestid", new_id())
        await response(scope, receive, send)

    async def _answer(self, request: Request, api: str) -> Answer:
        try:
            stages = await self._stages(api)
        except NotDeployed:
            return _said(404, "Not Found")
        raw = request.scope["raw_path"].decode("latin-1").partition("?")[0].removeprefix(f"{BASE}/{api}")
        if _head(request, raw) > self._limits.http_head:
            return _said(431, "Request Header Fields Too Large")
        body = await self._body(request)
        if body is None:
            return _said(413, "Request Entity Too Large")
        asked = Asked(
            method=request.method,
            raw_path=raw or "/",
            query=request.scope["query_string"].decode("latin-1"),
            headers=tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw),
            body=body,
            address=request.client.host if request.client else "",
        )
        path = http_events.decoded(asked.raw_path)
        name, _, rest = path.lstrip("/").partition("/")
        if name in stages:
            return await self._served(stages[name], asked, f"/{rest}")
        return (
            await self._served(stages[DEFAULT_STAGE], asked, path)
            if DEFAULT_STAGE in stages
            else _said(404, "Not Found")
        )

    async def _served(self, working: _Working, asked: Asked, path: str) -> Answer:
        stage = working.stage
        chosen = http_routing.select(stage.routes, asked.method, path)
        if chosen is None:
            return cors.preflight(stage.cors, asked) or _said(404, "Not Found")
        if not working.throttle.take(chosen.key, time.monotonic()):
            return _said(429, "Too Many Requests")
        route = stage.routes[chosen.key]
        authorizer = None
        if route.authorization == "JWT":
            judged = await asyncio.to_thread(self._jwts.judge, route.jwt, route.scopes, asked)
            if isinstance(judged, Refused):
                word = "Unauthorized" if judged.status == 401 else "Forbidden"
                refused = _said(judged.status, word)
                refused = refused._replace(headers=(*refused.headers, ("www-authenticate", judged.challenge)))
                return cors.decorate(stage.cors, asked, refused)
            authorizer = judged
        elif route.authorization != "NONE":
            return _said(403, "Forbidden")
        event = http_events.event(stage, route.key, asked, path, chosen.variables, authorizer)
        return cors.decorate(stage.cors, asked, await self._invoked(route.function, route.timeout, encode(event)))

    async def _invoked(self, function: str, timeout: float, event: bytes) -> Answer:
        if not function:
            return _said(500, "Internal Server Error")
        if len(event) > SIZE:
            return _said(413, "Request Entity Too Large")
        try:
            async with asyncio.timeout(min(timeout, self._limits.http_integration)):
                answer = await self._functions.invoke(function, event)
            if answer.failure is Failure.THROTTLED:
                return _said(503, "Service Unavailable")
            if answer.failure:
                return _said(500, "Internal Server Error")
            return http_events.answer(answer.payload)
        except TimeoutError:
            return _said(503, "Service Unavailable")
        except Malformed:
            return _said(500, "Internal Server Error")

    async def _stages(self, api: str) -> dict[str, _Working]:
        if api not in self._apis:
            read = await asyncio.to_thread(self._deployed.stages, api)
            arns = {route.function for stage in read.values() for route in stage.routes.values()}
            await self._functions.prepare(arns - {""})
            self._apis[api] = {name: _Working(stage, Throttle(stage.rates)) for name, stage in read.items()}
        return self._apis[api]

    async def _body(self, request: Request) -> bytes | None:
        """Return the body, or None if it is too large, in which case it is not read to its end."""
        if int(request.headers.get("content-length", 0)) > self._limits.http_body:
            return None
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
                if len(body) > self._limits.http_body:
                    return None
        except ClientDisconnect:
            return None
        return bytes(body)


def _head(request: Request, path: str) -> int:
    """Return the number of bytes in the request line, as it would be on AWS, and in the headers' values."""
    query = len(request.scope["query_string"])
    line = len(f"{request.method} {path} HTTP/1.1") + (1 + query if query else 0)
    return line + sum(len(value) for _, value in request.headers.raw)


def _said(status: int, message: str) -> Answer:
    return Answer(status, (("content-type", "application/json"),), encode({"message": message}))
