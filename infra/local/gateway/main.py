"""What the gateway's process runs: the application, and a watch on whoever started it.

``python -m infra.local.gateway.main <fd>`` – a listening socket. The first line of its standard input is a ``Start``,
in JSON; the input then stays open as long as its starter lives, and when it ends, so do this process and its workers.
"""

import os
import signal
import socket
import sys
import threading

import msgspec
import uvicorn

from infra.local.gateway.app import application
from infra.local.gateway.protocol import GatewayProtocol
from infra.local.gateway.settings import Start


def _first_line() -> bytes:
    line = bytearray()
    while (byte := os.read(0, 1)) not in {b"\n", b""}:
        line += byte
    return bytes(line)


def _end_with_starter() -> None:
    while os.read(0, 1):  # not sys.stdin, whose lock would be held at the interpreter's end
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    """Serve until told to stop."""
    start = msgspec.json.decode(_first_line(), type=Start)
    threading.Thread(target=_end_with_starter, daemon=True).start()
    config = uvicorn.Config(
        application(start),
        loop="uvloop",
        http="httptools",
        ws=GatewayProtocol,
        # websockets takes a message's limit and a frame's, and uvicorn hands on what it is given.
        ws_max_size=(start.limits.message, start.limits.frame),  # type: ignore[arg-type]
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # API Gateway sends none
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()
