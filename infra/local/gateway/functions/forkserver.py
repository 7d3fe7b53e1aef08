"""The gateway's end of the processes that workers are forked from, one for each version of the functions' code."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra import package
from infra.local.gateway.functions.zygote import LENGTH, PROGRAM
from infra.local.unpacking import unpack


class Forkserver:
    """The ``zygote`` of one code version, from which workers are forked."""

    def __init__(self, code: Path, modules: Iterable[str]) -> None:
        self._given = [str(code), str(package.runtime()), *modules]
        self._start()

    def _start(self) -> None:
        self._channel, its = socket.socketpair()
        with its:
            command = [
                sys.executable,
                "-I",
                "-S",
                "-B",
                "-c",
                PROGRAM,
                str(package.ROOT),
                str(its.fileno()),
                *self._given,
            ]
            self._process = subprocess.Popen(  # noqa: S603 - our own words only
                [*command, *self._given], cwd=package.ROOT, env={}, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL
            )

    def spawn(self, handler: str, environment: Mapping[str, str], log: Path) -> socket.socket:
        """Return the socket of a new worker, which will report when it is ready."""
        if self._process.poll() is not None:  # killed, perhaps because memory ran out
            self._channel.close()
            self._start()
        ours, its = socket.socketpair()
        with its:
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                asked = json.dumps({"handler": handler, "environment": dict(environment)}).encode()
                socket.send_fds(self._channel, [LENGTH.pack(len(asked))], [its.fileno(), descriptor])
                self._channel.sendall(asked)
            finally:
                os.close(descriptor)
        ours.setblocking(False)
        return ours


def fetch_code(url: str, directory: Path) -> Path:
    """Unpack the code from a zip, and return its directory. Returns at once if it is already there."""
    if not directory.exists():
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as answer:
            return unpack(answer.read(), directory)
    return directory
