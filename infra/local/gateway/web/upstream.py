"""Fills the feeds with what the embedded AWS tells, and joins invocations with the AWS calls that they made."""

import asyncio
import json
import logging
import time
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from typing import Any

import httpx

from infra.local.gateway.functions.invocation import Answer
from infra.local.gateway.web.feeds import Feed
from infra.local.in_emulator.control import PATH, SECRET

_log = logging.getLogger(__name__)
_AGAIN = 1.0
_SETTLE = 0.25
"""Seconds between the end of an invocation and its event, in which its last calls are heard of."""
_FORGET = 1_000


class Upstream:
    """The feeds of codes, pushes and invocations, and what fills them."""

    def __init__(self, endpoint: str, secret: str) -> None:
        self.codes, self.pushes = Feed("code"), Feed("push")
        self.log = Feed("invocation", kept=0, watched=self._watch)
        self._endpoint = endpoint
        self._secret = secret
        self._calls: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._ended = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen to codes and pushes from now on."""
        self._later(self._listen("code,push"))

    @property
    def watched(self) -> bool:
        """Return whether anybody reads the log."""
        return self.log.readers > 0

    def called(self, request: str, call: Mapping[str, Any]) -> None:
        """Note an AWS call of an invocation."""
        self._calls[request].append(call)
        self._recent[request] = None
        while len(self._recent) > _FORGET:
            self._calls.pop(self._recent.popitem(last=False)[0], None)

    async def invoked(self, function: str, event: bytes, request: str, answer: "asyncio.Future[Answer]") -> None:
        """Tell of an invocation by the gateway, once it has ended."""
        at, began = int(time.time() * 1000), time.monotonic()
        await asyncio.wait({answer})
        ms = round((time.monotonic() - began) * 1000, 2)
        failure = None if answer.cancelled() else answer.result().failure
        told = {"function": function, **_context(event), "request": request, "at": at, "ms": ms}
        await self._tell({**told, "error": str(failure) if failure else None})

    def observe(self, function: str, event: bytes, request: str, answer: "asyncio.Future[Answer]") -> None:
        """Tell of an invocation once it has ended, if anybody is interested."""
        if self.watched:
            self._later(self.invoked(function, event, request, answer))

    async def _tell(self, invocation: Mapping[str, Any]) -> None:
        await asyncio.sleep(_SETTLE)
        self._ended += 1
        calls = sorted(self._calls.pop(invocation["request"], []), key=lambda call: call["at"])
        self.log.add({"connection": None, "user": None, **invocation, "id": self._ended, "calls": calls})

    def _watch(self, watched: bool) -> None:  # noqa: FBT001 - called by the feed
        if watched and self._listening is None:
            self._listening = self._later(self._listen("call,invocation"))
        elif not watched and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _listen(self, kinds: str) -> None:
        """Read the emulator's news for as long as the gateway lives. What was heard before is left out."""
        heard: dict[str, int] = {}
        async with httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(10, read=None)) as http:
            while True:
                try:
                    address, headers = f"{self._endpoint}{PATH}/stream?kinds={kinds}", {SECRET: self._secret}
                    async with http.stream("GET", address, headers=headers) as answer:
                        answer.raise_for_status()
                        async for line in answer.aiter_lines():
                            self._hear(json.loads(line), heard)
                except httpx.HTTPError as error:
                    _log.warning("no news of the embedded AWS: %s", error)
                await asyncio.sleep(_AGAIN)

    def _hear(self, line: Mapping[str, Any], heard: dict[str, int]) -> None:
        kind, item = line["kind"], line["item"]
        if item["id"] <= heard.get(kind, 0):
            return
        heard[kind] = item["id"]
        if kind == "code":
            self.codes.add(item)
        elif kind == "push":
            self.pushes.add({name: value for name, value in item.items() if name != "raw"})
        elif kind == "call":
            self.called(item["request"], {n: v for n, v in item.items() if n not in {"id", "request"}})
        else:
            self._later(self._tell(item))

    def _later(self, work: Any) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _context(event: bytes) -> dict[str, Any]:
    """Return what an event says of its route, its socket and its user."""
    given = json.loads(event)
    context = given.get("requestContext", {})
    authorizer = context.get("authorizer") or {}
    claims = authorizer.get("jwt", {}).get("claims", {})
    route = context.get("routeKey", "")
    if route == "$default" and "http" in context:
        route = f"{context['http']['method']} {context['http']['path']}"
    elif context.get("eventType") == "MESSAGE" and route == "$default":
        route = _action(given.get("body"))
    return {
        "route": route,
        "connection": context.get("connectionId"),
        "user": authorizer.get("principalId") or claims.get("sub"),
    }


def _action(frame: object) -> str:
    """Return the action of a frame, by which Parley's one route for messages tells commands apart."""
    try:
        action = json.loads(str(frame))["action"]
    except (ValueError, KeyError, TypeError):
        return "$default"
    return action if isinstance(action, str) and action.isidentifier() else "$default"
