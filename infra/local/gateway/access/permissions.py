"""Whether a caller may manage connections. We ask the embedded AWS, because it knows the callers' roles.

The very same request, with its signature, is sent to the emulator's own connections API. That API judges the signer
before it looks for the connection, which it never has. So 410 says that the caller may, and anything else is the
refusal.
"""

import asyncio
import http.client
import re
import time
import urllib.error
import urllib.request
from typing import NamedTuple

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")
_REMEMBERED = 60.0
_Key = tuple[str, str, str]


class Denied(NamedTuple):
    """The emulator's own refusal."""

    status: int
    body: bytes
    kind: str


class Permissions:
    """Asks, and remembers permission for a minute, by access key, method and stage: no policy names single connections.

    A refusal concerns only its own request, and is not remembered. We assume that whoever names an access key for which
    a request has just been approved has signed with it, and still has permission.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._approved: dict[_Key, float] = {}
        self._asked: dict[_Key, asyncio.Task[Denied | None]] = {}

    async def check(
        self, method: str, stage: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> Denied | None:
        """Return None if the caller has permission.

        ``stage`` is the path before ``/@connections``, and ``target`` is the whole raw path.
        """
        signed = dict(headers).get("authorization", "")
        found = _CREDENTIAL.search(signed)
        key = (found[1] if found else signed, method, stage)
        if time.monotonic() < self._approved.get(key, 0.0):
            return None
        if (other := self._asked.get(key)) and await asyncio.shield(other) is None:
            return None
        asked = asyncio.create_task(self._put(key, method, target, headers, body))
        self._asked[key] = asked
        return await asyncio.shield(asked)

    async def _put(
        self, key: _Key, method: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> Denied | None:
        try:
            denied = await asyncio.to_thread(self._ask, method, target, headers, body)
        except (OSError, http.client.HTTPException):
            return Denied(503, b"", "ServiceUnavailableException")
        finally:
            if self._asked.get(key) is asyncio.current_task():
                del self._asked[key]
        if denied is None:
            self._approved[key] = time.monotonic() + _REMEMBERED
        return denied

    def _ask(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Denied | None:
        request = urllib.request.Request(  # noqa: S310 - the emulator's own address
            f"{self._endpoint}{target}", data=body or None, headers=dict(headers), method=method
        )
        try:
            with self._opener.open(request, timeout=10) as answer:
                return Denied(answer.status, b"", "")
        except urllib.error.HTTPError as error:
            if error.code == 410:
                return None
            return Denied(error.code, error.read(), error.headers.get("x-amzn-ErrorType", ""))
