"""The program of the gateway's process: the application, and a watch on whoever started it.

``python -m infra.local.gateway.main <fd>`` – the descriptor is a listening socket. The first line of its standard input
is a ``Start``, in JSON. The input then stays open as long as the starter lives. When it ends, this process and its
workers end too.
"""

import os
import socket
import sys

import msgspec
import uvicorn

from infra.local.child_process import allow_many_files, end_with_starter
from infra.local.gateway.app import application
from infra.local.gateway.settings import Start
from infra.local.gateway.websocket.protocol import GatewayProtocol


def _first_line() -> bytes:
    line = bytearray()
    while (byte := os.read(0, 1)) not in {b"\n", b""}:
        line += byte
    return bytes(line)


def main() -> None:
    """Serve until told to stop."""
    start = msgspec.json.decode(_first_line(), type=Start)
    end_with_starter()
    allow_many_files()
    config = uvicorn.Config(
        application(start),
        loop="uvloop",
        http="httptools",
        ws=GatewayProtocol,
        # websockets accepts a limit for a message and one for a frame, and uvicorn passes on what it is given.
        ws_max_size=(start.limits.message, start.limits.frame),  # type: ignore[arg-type]
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # API Gateway sends none
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=60,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()
