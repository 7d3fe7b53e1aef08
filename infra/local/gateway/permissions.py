"""Whether a caller may manage connections: asked of the embedded AWS, which knows the callers' roles.

The very request is put to the emulator's own connections API, signature and all, which judges who signs before it looks
for the connection, and never has it: 410 says that the caller may, and anything else is the refusal.
"""

import asyncio
import re
import time
import urllib.error
import urllib.request
from typing import NamedTuple

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")
_REMEMBERED = 60.0


class Denied(NamedTuple):
    """The emulator's own refusal."""

    status: int
    body: bytes
    kind: str


class Permissions:
    """Asks once a minute for each access key, method and stage: no policy names single connections."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._known: dict[tuple[str, str, str], tuple[float, Denied | None]] = {}

    async def check(
        self, method: str, stage: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> Denied | None:
        """None if the caller may; ``stage`` is the path before ``/@connections``, ``target`` the whole raw one."""
        signed = dict(headers).get("authorization", "")
        found = _CREDENTIAL.search(signed)
        key = (found[1] if found else signed, method, stage)
        until, denied = self._known.get(key, (0.0, None))
        if time.monotonic() > until:
            denied = await asyncio.to_thread(self._ask, method, target, headers, body)
            self._known[key] = (time.monotonic() + _REMEMBERED, denied)
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
