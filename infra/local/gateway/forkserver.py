"""The gateway's end of the processes that workers are forked from, one for each version of the functions' code."""

import io
import json
import os
import socket
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra import package
from infra.local.gateway.zygote import LENGTH


class Forkserver:
    """A code version's ``zygote``, from which workers come."""

    def __init__(self, code: Path, modules: Iterable[str]) -> None:
        ours, its = socket.socketpair()
        with its:
            command = [sys.executable, "-m", "infra.local.gateway.zygote", str(its.fileno()), str(code), *modules]
            self._process = subprocess.Popen(  # noqa: S603 - our own words only
                command, cwd=package.ROOT, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL
            )
        self._channel = ours

    def spawn(self, handler: str, environment: Mapping[str, str], log: Path) -> socket.socket:
        """The socket of a new worker, which will say when it is ready."""
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
    """The code's directory, unpacked from a zip; at once where it is there already."""
    if not directory.exists():
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as answer:
            archive = zipfile.ZipFile(io.BytesIO(answer.read()))
        made = directory.with_name(f"{directory.name}.{os.getpid()}")
        archive.extractall(made)
        made.replace(directory)
    return directory
