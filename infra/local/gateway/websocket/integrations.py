"""Runs the integration of a route, a function or a MOCK, and turns its outcome into what API Gateway would return.

Sources: "Set up a WebSocket API integration response" and "Lambda proxy integrations" in the API Gateway developer
guide.
"""

import asyncio
from enum import Enum
from typing import Any, NamedTuple

import msgspec

from infra.local.gateway.functions.invocation import Failure
from infra.local.gateway.functions.pool import Functions
from infra.local.gateway.websocket import templates
from infra.local.gateway.websocket.deployed import Integration
from infra.local.gateway.websocket.events import Event


class Trouble(Enum):
    """What a client is told if its route failed: a message, and at ``$connect`` a status."""

    NOT_INVOKED = ("Internal server error", 500)
    """There is no integration, or it cannot be invoked, or Lambda has no capacity for the function."""
    BAD_ANSWER = ("Internal server error", 502)
    """The function failed, or did not answer as a proxy integration must."""
    TIMED_OUT = ("Endpoint request timed out", 504)

    def __init__(self, word: str, status: int) -> None:
        self.word = word
        self.status = status


class Reply(NamedTuple):
    """The answer of an integration. For a message only the body matters."""

    status: int
    headers: dict[str, str]
    body: str


class _Proxied(msgspec.Struct):
    """What a proxy function returns."""

    statusCode: int | str  # noqa: N815 - API Gateway's own spelling
    headers: dict[str, Any] | None = None
    body: Any = None


_decoder = msgspec.json.Decoder(_Proxied)
encode = msgspec.json.encode


class Integrations:
    """Runs integrations. ``limit`` is the longest time that one may take, in seconds."""

    def __init__(self, functions: Functions, limit: float) -> None:
        self._functions = functions
        self._limit = limit

    async def run(self, integration: Integration | None, event: Event) -> Reply | Trouble:
        """Run the integration on the event, and return its answer."""
        if integration is None:
            return Trouble.NOT_INVOKED
        if integration.kind == "MOCK":
            body = templates.mock(integration, event["requestContext"])
            return Trouble.NOT_INVOKED if body is None else Reply(200, {}, body)
        if integration.kind != "AWS_PROXY" or not integration.function:
            return Trouble.NOT_INVOKED
        return await self._proxy(integration, event)

    async def _proxy(self, integration: Integration, event: Event) -> Reply | Trouble:
        try:
            async with asyncio.timeout(min(integration.timeout, self._limit)):
                answer = await self._functions.invoke(integration.function, encode(event))
        except TimeoutError:
            return Trouble.TIMED_OUT
        if answer.failure is Failure.THROTTLED:
            return Trouble.NOT_INVOKED
        if answer.failure:
            return Trouble.BAD_ANSWER
        return _reply(answer.payload)


def _reply(payload: bytes) -> Reply | Trouble:
    try:
        proxied = _decoder.decode(payload)
        status = int(proxied.statusCode)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return Trouble.BAD_ANSWER
    headers = {name: str(value) for name, value in (proxied.headers or {}).items()}
    if proxied.body is None:
        return Reply(status, headers, "")
    body = proxied.body if isinstance(proxied.body, str) else encode(proxied.body).decode()
    return Reply(status, headers, body)
