"""One request of the HTTP API, repeated while that may help: with a fresh token, later, or over another connection.

Repeating is safe. Each change is named by an id, has the same effect the second time, or is conditional; and a
conditional request is not sent again once it may have been carried out.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from parley_client.http.addresses import check_address, is_loopback
from parley_client.http.problems import Problem, RestError, Unreachable, describe_failure
from parley_client.http.tokens import CachingTokenSource, TokenSource

_ATTEMPTS = 5
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 20.0
_TIMEOUT = httpx.Timeout(35.0, connect=10.0)  # API Gateway gives up after 30
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_CONDITIONAL = frozenset({"If-Match", "If-None-Match"})


class Requests:
    """Makes requests on behalf of a user.

    Args:
        url: where the API's paths begin.
        token: called for an access token before each request.
        transport: used instead of the network.
        sleep: waits for a number of seconds.
        chance: random numbers in [0, 1).
    """

    def __init__(
        self,
        url: str,
        token: TokenSource,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        check_address(url, "https", "http")
        self._token, self._sleep, self._chance = token, sleep, chance
        self.http = httpx.AsyncClient(
            base_url=url, timeout=_TIMEOUT, transport=transport, trust_env=not is_loopback(url)
        )

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Make a request. Returns the JSON of the response, or None if it has none.

        Raises:
            Problem: the server refuses, for good or for longer than we wait.
            Unreachable: there was no answer.
            SignInRequired: the user has to sign in again.
            ValueError: the request is not valid Unicode.
        """
        sent = {"json": body} if body is not None else {}
        params = {name: value for name, value in (query or {}).items() if value is not None}
        renewed = False
        attempt = 0
        while True:
            token = await self._token()
            failure: RestError
            try:
                answer = await self.http.request(
                    method,
                    path.lstrip("/"),
                    params=params,
                    headers={**(headers or {}), "Authorization": f"Bearer {token}"},
                    **sent,
                )
                if answer.is_success:
                    return _said(answer)
                failure = _problem(answer)
                again = failure.retryable
            except httpx.TransportError as error:
                failure = Unreachable(
                    f"the server cannot be reached at {self.http.base_url}: {describe_failure(error)}"
                )
                again = isinstance(error, _NOT_SENT) or not _CONDITIONAL & (headers or {}).keys()
            except httpx.DecodingError as error:
                raise Unreachable(f"the server's answer cannot be read: {error}") from None
            if isinstance(failure, Problem) and failure.status == 401 and not renewed:
                renewed = True
                if isinstance(self._token, CachingTokenSource):
                    self._token.refused()
                    continue
            attempt += 1
            if not again or attempt == _ATTEMPTS:
                raise failure
            await self._sleep(self._pause(attempt, getattr(failure, "retry_after", None)))

    def _pause(self, attempt: int, wanted: float | None) -> float:
        """What the server asks for, and some more, so that clients do not all come back at once."""
        grown: float = min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE)
        return min(wanted or 0.0, _LONGEST_PAUSE) + grown * (0.5 + self._chance() / 2)


def _said(answer: httpx.Response) -> Any:
    try:
        return answer.json() if answer.content else None
    except ValueError as error:
        raise Unreachable(f"the server's answer cannot be read: {error}") from None


def _problem(answer: httpx.Response) -> Problem:
    after = answer.headers.get("Retry-After", "")
    try:
        said = answer.json()
    except ValueError:
        said = None
    return Problem(answer.status_code, said, float(after) if after.isdecimal() else None)
