"""One WebSocket connection: opening it, and frames in both directions, in tasks of its own."""

import asyncio
import contextlib
from collections.abc import Callable
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from parley_client.http.addresses import check_address, is_loopback
from parley_client.http.problems import describe_failure
from parley_client.protocol import inputs

_PROTOCOL = "parley.v1"
_CLOSE_TIMEOUT = 2.0
_LARGEST = 1024 * 1024  # API Gateway's own limit is 128 KB

Report = Callable[[inputs.Input], None]


def address(url: str, device: str) -> str:
    """The URL to connect to.

    Raises:
        ValueError: it is not a WebSocket URL.
    """
    check_address(url, "wss", "ws", query=True)
    return f"{url}{'&' if '?' in url else '?'}device={quote(device)}"


class Socket:
    """Opens at once, in the background, and reports what happens as inputs. No method waits."""

    def __init__(self, attempt: int, url: str, token: str, report: Report) -> None:
        self._attempt = attempt
        self._report = report
        self._outgoing: asyncio.Queue[str] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(url, token))

    def transmit(self, text: str) -> None:
        """Send a frame, after those queued before it."""
        self._outgoing.put_nowait(text)

    def close(self) -> asyncio.Task[None]:
        """Close, or stop opening. Returns the task that ends when that is done."""
        self._task.cancel()
        return self._task

    async def _run(self, url: str, token: str) -> None:
        try:
            # The library's own pings are off, because the session decides when silence is too long and what to do then.
            socket = await connect(
                url,
                subprotocols=[Subprotocol(_PROTOCOL), Subprotocol(token)],
                compression=None,
                ping_interval=None,
                open_timeout=None,
                close_timeout=_CLOSE_TIMEOUT,
                max_size=_LARGEST,
                proxy=None if is_loopback(url) else True,
            )
        except InvalidStatus as error:
            self._report(inputs.SocketFailed(self._attempt, error.response.status_code))
        except (OSError, EOFError, WebSocketException, ValueError) as error:
            # ValueError: a header cannot carry the token.
            self._report(inputs.SocketFailed(self._attempt, reason=describe_failure(error)))
        else:
            await self._talk(socket)

    async def _talk(self, socket: ClientConnection) -> None:
        self._report(inputs.SocketOpened(self._attempt))
        writer = asyncio.create_task(self._write(socket))
        try:
            async for frame in socket:
                if isinstance(frame, str):
                    self._report(inputs.FrameReceived(self._attempt, frame))
        except ConnectionClosed:
            pass
        finally:
            writer.cancel()
            await socket.close()
        self._report(inputs.SocketClosed(self._attempt, socket.close_code))

    async def _write(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):  # the reader sees it too, and reports it
            while True:
                await socket.send(await self._outgoing.get())
