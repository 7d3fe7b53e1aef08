"""A connection between a client and the server that can be cut as a dead zone does: without a goodbye to the server."""

import asyncio
from types import TracebackType
from typing import Self

from infra.local.emulator import HOST

_CHUNK = 65_536


class Wire:
    """``async with Wire(port) as wire:`` – connect to ``wire.port`` instead of ``port``."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._whole = True
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._client_ends: set[asyncio.StreamWriter] = set()
        self._server_ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self._end(self._client_ends | self._server_ends)

    def cut(self) -> None:
        """Break every connection on the client's side, and let nothing new through. The server's side stays open."""
        self._whole = False
        for call in self._calls:
            call.cancel()
        self._end(self._client_ends)
        self._client_ends.clear()

    def mend(self) -> None:
        """Let new connections through again."""
        self._whole = True

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            self._end({writer})
            return
        there, back = await asyncio.open_connection(HOST, self._upstream)
        self._client_ends.add(writer)
        self._server_ends.add(back)
        for call in (self._carry(reader, back), self._carry(there, writer)):
            task = asyncio.create_task(call)
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK):
                writer.write(data)
                await writer.drain()
            writer.close()
        except OSError:
            self._end({writer})

    @staticmethod
    def _end(writers: set[asyncio.StreamWriter]) -> None:
        for writer in writers:
            writer.transport.abort()
