"""Sockets over the network, which only the canary's package can open: the others have no websockets."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from websockets import Subprotocol
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from parley.canary.exchange import LIMIT_S
from parley.core.errors import Unavailable

_CLOSE_S = 2
_SUBPROTOCOL = Subprotocol("parley.v1")


class WebSocketDialer:
    """Connects to the service's public address."""

    def __init__(self, url: str, limit: float = LIMIT_S) -> None:
        """``limit`` is how many seconds opening may take."""
        self._url = url
        self._limit = limit

    def dial(self, token: str, device: str) -> "WebSocketLine":
        held = ExitStack()
        try:
            socket = held.enter_context(
                connect(
                    f"{self._url}?device={device}",
                    additional_headers={"Authorization": f"Bearer {token}"},
                    subprotocols=[_SUBPROTOCOL],
                    open_timeout=self._limit,
                    close_timeout=_CLOSE_S,
                    ping_interval=None,  # the frames themselves show whether it is alive
                    proxy=None,
                )
            )
        except (OSError, WebSocketException) as error:  # a refusal, a time-out, no such host
            raise Unavailable(type(error).__name__) from error
        return WebSocketLine(socket, held.close)


class WebSocketLine:
    """An open socket."""

    def __init__(self, socket: ClientConnection, close: Callable[[], None]) -> None:
        self._socket = socket
        self._close = close

    def say(self, frame: Mapping[str, Any]) -> None:
        try:
            self._socket.send(json.dumps(frame))
        except (OSError, WebSocketException) as error:
            raise Unavailable(type(error).__name__) from error

    def hear(self, limit: float) -> dict[str, Any]:
        try:
            frame: dict[str, Any] = json.loads(self._socket.recv(timeout=limit))
        except TimeoutError as error:
            raise Unavailable(f"nothing came within {limit:g} s") from error
        except (OSError, WebSocketException, ValueError) as error:
            raise Unavailable(type(error).__name__) from error
        return frame

    def close(self) -> None:
        self._close()
