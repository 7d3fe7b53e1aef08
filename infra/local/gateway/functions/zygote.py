"""The process that workers are forked from. It has imported what the functions of one code version import.

``python -I -S -B -c PROGRAM <root> <fd> <code directory> <runtime directory> <module> …`` – ``fd`` is its end of a
socket, over which it is asked for workers. When the other end is closed, it and the workers end.

A function finds what it finds on Lambda: its package, what Lambda's image has (the runtime directory), and Python's
standard library. Neither our other modules nor the development environment are on its path.

Importing libraries takes long, and is done here once. Each worker imports the functions' own modules again, because
module-level code may read the function's environment, as it may on Lambda.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
import threading

from infra.local.gateway.functions import worker

LENGTH = struct.Struct("!I")
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from infra.local.gateway.functions.zygote import main; main()"
"""What Python is started with. With ``-I`` and ``-S`` its path has nothing but the standard library."""


def main() -> None:
    """Serve until the other end of the socket is closed."""
    root, channel_descriptor, code, runtime, *modules = sys.argv[1:]
    channel = socket.socket(fileno=int(channel_descriptor))
    os.chdir(code)
    sys.path[:] = [code, runtime, *(p for p in sys.path if p and p != root)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "infra"]:
        del sys.modules[name]  # through the package, a function could import all of it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers: the gateway sees their sockets close
    _preload(code, modules)
    gc.freeze()  # all workers share what is in memory now, as long as nobody writes to it
    while True:
        head, descriptors, _, _ = socket.recv_fds(channel, LENGTH.size, 2)
        if not head:
            return
        asked = json.loads(_rest(channel, LENGTH.unpack(head)[0]))
        if os.fork() == 0:
            channel.close()
            _become(descriptors, asked["environment"], asked["handler"])
        for descriptor in descriptors:
            os.close(descriptor)


def _preload(code: str, modules: list[str]) -> None:
    """Import the modules for the libraries that they bring in, then forget the functions' own modules."""
    for module in modules:
        with contextlib.suppress(Exception):  # a module that cannot be imported here reports it in its worker
            importlib.import_module(module)
    if threading.active_count() > 1:  # a fork inherits the locks of other threads, but not the threads
        command = [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, *sys.argv[1:5]]
        os.execv(sys.executable, command)  # noqa: S606
    for name, loaded in list(sys.modules.items()):
        if (getattr(loaded, "__file__", None) or "").startswith(code):
            del sys.modules[name]


def _become(descriptors: list[int], environment: dict[str, str], handler: str) -> None:
    """Become a worker, from here to the end."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        talk, log = descriptors
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # the interpreter's own are text
        os.environ.clear()
        os.environ.update(environment)
        worker.serve(socket.socket(fileno=talk), handler)
        status = 0
    except (ConnectionError, BrokenPipeError):
        status = 0  # the gateway went away in the middle of an answer
    finally:
        os._exit(status)


def _rest(channel: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        parts += channel.recv(size - len(parts))
    return bytes(parts)
