"""Fetching a file by the link that the HTTP API gave for it."""

import os
import tempfile
from pathlib import Path

import httpx

from parley_client.http.addresses import is_loopback
from parley_client.http.problems import Problem, Unreachable, describe_failure

_TIMEOUT = httpx.Timeout(60.0)


async def download(url: str, path: Path, transport: httpx.AsyncBaseTransport | None = None) -> None:
    """Save what a link leads to. The file is whole, or as it was before.

    Raises:
        Problem: the link has expired, or is refused.
        Unreachable: the connection was lost.
        OSError: the file cannot be written.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}")
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            async with (
                httpx.AsyncClient(timeout=_TIMEOUT, transport=transport, trust_env=not is_loopback(url)) as http,
                http.stream("GET", url) as answer,
            ):
                if not answer.is_success:
                    raise Problem(answer.status_code, None)
                async for part in answer.aiter_bytes():
                    file.write(part)
        made.replace(path)
    except httpx.TransportError as error:
        raise Unreachable(f"the file did not arrive: {describe_failure(error)}") from None
    finally:
        made.unlink(missing_ok=True)
