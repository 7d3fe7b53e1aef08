"""A small Lambda Runtime API, and a function's process that gets its events there through AWS's own client.

Sources: "Using the Lambda runtime API for custom runtimes" and "Defined runtime environment variables" in the Lambda
developer guide.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from infra.local import sandbox

_VERSION = "/2018-06-01/runtime"
_PROGRAM = """
import pathlib, runpy, sys
runpy.run_path(sys.argv[4])["confine"](pathlib.Path(sys.argv[1]))
sys.path[:0] = sys.argv[1:3]
from awslambdaric.__main__ import main
main(["", sys.argv[3]])
"""
_LIMIT = 60.0


class Outcome(NamedTuple):
    """What came of an invocation or of the start: ``response``, ``error`` or ``init/error``, and its JSON."""

    kind: str
    body: Any


class RuntimeApi(ThreadingHTTPServer):
    """Hands out one event, and takes what came of it."""

    daemon_threads = True

    def __init__(self, arn: str, event: Any) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.arn = arn
        self.events: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.events.put(json.dumps(event).encode())
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()

    @property
    def address(self) -> str:
        return "{}:{}".format(*self.server_address)


class _Handler(BaseHTTPRequestHandler):
    server: RuntimeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert self.path == f"{_VERSION}/invocation/next"
        event = self.server.events.get()  # the second one never comes, as for a function that nobody asks
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + _LIMIT) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", self.server.arn)
        self._end(event)

    def do_POST(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        _, _, kind = self.path.removeprefix(f"{_VERSION}/").rpartition("invocation/")
        self.server.outcomes.put(Outcome(kind.partition("/")[2] if kind != "init/error" else kind, json.loads(body)))
        self.send_response(202)
        self._end(b"{}")

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _serving(api: RuntimeApi) -> Iterator[RuntimeApi]:
    thread = threading.Thread(target=api.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.shutdown()
        api.server_close()


def invoke(
    code: Path, runtime: Path, handler: str, variables: Mapping[str, str], event: Any, log: Path, *options: str
) -> Outcome:
    """Start a function from its unpacked package, give it one event, and return what came of it.

    Its process has the standard library, the package and what Lambda's image brings, and no variables but these. It may
    write in /tmp only. ``options`` are more of the interpreter's.
    """
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{variables['AWS_LAMBDA_FUNCTION_NAME']}"
    arguments = (str(code), str(runtime), handler, sandbox.__file__)
    with _serving(RuntimeApi(arn, event)) as api, log.open("wb") as output:
        process = subprocess.Popen(
            # -I and -S: no site-packages, no directory or variable of ours; -B: the code cannot be written to
            [sys.executable, "-I", "-S", "-B", *options, "-c", _PROGRAM, *arguments],
            cwd=code,
            env={**variables, "AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_TASK_ROOT": str(code)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return api.outcomes.get(timeout=_LIMIT)
        except queue.Empty:
            raise AssertionError(f"{handler} has not answered; its log: {log.read_text()}") from None
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
