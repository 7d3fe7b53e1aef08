"""The pushes that a laptop's Parley would have sent to phones, as its local server lists them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from parley_client.http.addresses import is_loopback
from parley_client.http.problems import RestError, Unreachable, describe_failure

_DATA = "data: "


async def pushes(
    page: str, *, follow: bool, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[dict[str, Any]]:
    """Every push so far, oldest first, and with ``follow`` every later one, until the server ends.

    ``page`` is the address that ``make run`` prints first (the setting ``pageUrl``).

    Raises:
        Unreachable: nobody serves there, or no longer.
        RestError: it is not a laptop's server.
    """
    url = f"{page.rstrip('/')}/dev/pushes{'/stream' if follow else ''}"
    timeout = httpx.Timeout(10.0, read=None if follow else 10.0)
    try:
        async with (
            httpx.AsyncClient(timeout=timeout, transport=transport, trust_env=not is_loopback(url)) as http,
            http.stream("GET", url) as answer,
        ):
            if not answer.is_success:
                raise RestError(f"{url} does not list pushes (HTTP {answer.status_code}); only make run does")
            if not follow:
                for push in json.loads(await answer.aread())["pushes"]:
                    yield push
                return
            async for line in answer.aiter_lines():
                if line.startswith(_DATA):
                    yield json.loads(line.removeprefix(_DATA))
    except httpx.TransportError as error:
        raise Unreachable(f"{url}: {describe_failure(error)}") from None
    except (ValueError, KeyError, TypeError):
        raise RestError(f"{url} does not list pushes; only make run does") from None
