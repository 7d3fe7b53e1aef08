"""The process of a worker: it creates a function's handler, and answers one invocation after another.

It does what Lambda's runtime does. It ends when the gateway closes its end of the socket, however that comes about. It
uses only the standard library, because it runs beside the functions' code. Source: "Building a custom runtime" and
"Using the Lambda context object to retrieve Python function information" in the Lambda developer guide.
"""

import importlib
import json
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local import sandbox, tracing
from infra.local.gateway.functions.framing import CALL, HEAD, HELLO, RAISED, READY, RETURNED, frame

Handler = Callable[[Any, "Context"], Any]


class Context:
    """What Lambda gives a handler besides the event."""

    identity = None
    client_context = None

    def __init__(self, request: str, deadline: int) -> None:
        self.aws_request_id = request
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = os.environ["PARLEY_FUNCTION_ARN"]
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Return the time left until the function's time-out."""
        return max(0, self._deadline - time.time_ns() // 1_000_000)


def serve(channel: socket.socket, name: str) -> None:
    """Answer invocations of the handler ``module.attribute`` until the gateway goes away."""
    # Processes that the handler starts must not hold the socket, because the gateway detects a worker's death by its
    # closing.
    os.set_inheritable(channel.fileno(), False)
    os.register_at_fork(after_in_child=channel.close)
    channel.sendall(frame(HELLO, str(os.getpid()).encode()))
    sys.stdout = sandbox.TimedLines(sys.stdout)
    sandbox.log_as_lambda_does(sys.stdout)
    sandbox.confine(Path(os.environ["LAMBDA_TASK_ROOT"]))
    try:
        handler = _handler(name)
    except BaseException as error:  # noqa: BLE001  (whatever a function's module does, the gateway is told)
        channel.sendall(_raised(error))
        return
    channel.sendall(frame(READY, b""))
    while (head := _exactly(channel, HEAD.size)) and (body := _exactly(channel, HEAD.unpack(head)[0])):
        channel.sendall(_answer(handler, body))


def _handler(name: str) -> Handler:
    module, _, attribute = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), attribute)
    return handler


def _answer(handler: Handler, body: bytes) -> bytes:
    deadline, request = CALL.unpack_from(body)
    os.environ[tracing.VARIABLE] = tracing.trace_id(request.decode())
    try:
        returned = handler(json.loads(body[CALL.size :]), Context(request.decode(), deadline))
        return frame(RETURNED, json.dumps(returned).encode())
    except Exception as error:  # noqa: BLE001  (an error of the function is an answer)
        return _raised(error)


def _raised(error: BaseException) -> bytes:
    traceback.print_exception(error, file=sys.stderr)
    sys.stderr.flush()
    told = {"errorType": type(error).__name__, "errorMessage": str(error)}
    return frame(RAISED, json.dumps(told).encode())


def _exactly(channel: socket.socket, size: int) -> bytes:
    """Read exactly ``size`` bytes. Returns none if the gateway has gone."""
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(size - len(parts))
        if not part:
            return b""
        parts += part
    return bytes(parts)
