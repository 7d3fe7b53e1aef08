"""uvicorn's WebSocket protocol, with what API Gateway does below the level of messages: limits, pings, and closing.

A message that is too large (1009) or a binary frame (1003) closes the socket. The application gets its side of it,
``Wire``, in the extensions of the ASGI scope, because ASGI alone cannot say how much is waiting to be sent, or that a
ping has come.
"""

from collections.abc import Callable
from typing import Any, Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame

EXTENSION = "parley.wire"
_LINGER = 2.0


class Wire(Protocol):
    """What a socket's owner can do with it, without waiting."""

    on_ping: Callable[[], None]

    def waiting(self) -> int:
        """Return how many bytes are yet to be sent that the system has not taken."""

    def push(self, text: bytes) -> bool:
        """Send a text message, and return False if the socket is closed."""

    def end(self, code: int, reason: str) -> None:
        """Close it with a goodbye."""

    def cut(self) -> None:
        """Close it without a goodbye."""


class GatewayProtocol(WebSocketsSansIOProtocol):
    """One connection; a ``Wire``."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.on_ping: Callable[[], None] = lambda: None
        self._refusing = False

    def waiting(self) -> int:
        size: int = self.transport.get_write_buffer_size()
        return size

    def push(self, text: bytes) -> bool:
        if self.close_sent or self.disconnected:
            return False
        try:
            self.conn.send_text(text)
        except InvalidState:
            return False
        self._flush()
        return True

    def end(self, code: int, reason: str) -> None:
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self._tell(code, reason)
        self.conn.send_close(code, reason)
        self._flush()
        self.close_sent = True
        self._read_on()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def cut(self) -> None:
        self.transport.abort()

    async def run_asgi(self) -> None:
        extensions: dict[str, Any] = {**(self.scope["extensions"] or {}), EXTENSION: self}
        self.scope["extensions"] = extensions
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # a refused handshake is complete too; uvicorn would log an error

    def data_received(self, data: bytes) -> None:
        if not self._refusing:  # later input is discarded, since closing before it is read would reset the connection
            super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated and not self._refusing:
            self._refuse_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        self._tell(1006, "")  # if the socket was closed earlier, that event comes first
        super().connection_lost(exc)

    def handle_bytes(self, event: Frame) -> None:  # noqa: ARG002
        self._refuse(1003, "binary messages are not supported")

    def handle_ping(self) -> None:
        self.on_ping()
        super().handle_ping()

    def handle_parser_exception(self) -> None:
        """Handle a message that breaks the protocol or its limits. ``websockets`` has written the goodbye."""
        if not self._refusing:
            assert self.conn.close_sent is not None
            self._hang_up(self.conn.close_sent.code, self.conn.close_sent.reason)

    def _refuse_upgrade(self) -> None:
        """Send the refusal that ``websockets`` has written for a head that it cannot read, for example because a line
        is over 8 KB. uvicorn would leave the client waiting.
        """
        self._refusing = self.close_sent = self.handshake_complete = True
        self._flush()
        self.transport.close()

    def _refuse(self, code: int, reason: str) -> None:
        if not self.close_sent:
            self.conn.send_close(code, reason)
            self._hang_up(code, reason)

    def _hang_up(self, code: int, reason: str) -> None:
        """Send the goodbye and the end of the stream, and keep reading for a moment until the client closes."""
        self._refusing = self.close_sent = True
        self._tell(code, reason)
        self._flush()
        self.transport.write_eof()
        self._read_on()
        self.close_timer = self.loop.call_later(_LINGER, self.transport.close)

    def _tell(self, code: int, reason: str) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})

    def _flush(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))

    def _read_on(self) -> None:
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
