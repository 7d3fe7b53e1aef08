"""The embedded AWS as a process of ours: we start it, wait for it, and stop it with everything that it started."""

import contextlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.in_emulator.control import PATH, SECRET
from infra.local.workspace import CannotStart, Place

HOST = "127.0.0.1"
_DEFAULT_PORT = 4566
_START_LIMIT = 60.0
_SAVING_LIMIT = 30.0
_ASKING_LIMIT = 30.0
SECRET_VARIABLE = "LOCAL_SECRET"  # noqa: S105 - the variable's name
_NEEDED_BYTES = 200 * 1024 * 1024


class Emulator:
    """``with Emulator(port, directory, …) as emulator:`` – it serves within the block, and leaves nothing behind.

    Args:
        port: the port to serve at.
        directory: holds its log and, while it runs, all its other files. It must be its own
            (``infra.local.workspace``).
        region: the AWS Region that it plays.
        environment: additional variables for it, which the functions inherit.
        keep: whether it goes on from the state that an earlier one left in the directory, and leaves its own.
        wait: whether it serves from the beginning of the block on, and not only from ``ready`` on.
    """

    def __init__(
        self,
        port: int,
        directory: Path,
        region: str,
        environment: Mapping[str, str],
        *,
        keep: bool = False,
        wait: bool = True,
    ) -> None:
        self.port = port
        self.place = Place(directory, keep=keep)
        self.secret = secrets.token_urlsafe()
        self._keep = keep
        self._waits = wait
        self._region = region
        self._more = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._held = ExitStack()

    @property
    def endpoint(self) -> str:
        """The address of every AWS service."""
        return address(self.port)

    def __enter__(self) -> Self:
        """Start it, and return once it is healthy.

        Raises:
            CannotStart: the port or the directory is taken, the disk is full, or it did not come up.
        """
        must_be_free(self.port)
        with ExitStack() as held:
            held.enter_context(self.place)
            held.callback(self._end)
            self._start()
            if self._waits:
                self.ready()
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def alive(self) -> bool:
        """Return whether it is still running."""
        return self._process is not None and self._process.poll() is None

    def save(self) -> None:
        """Have it write its state now. Otherwise what deploying has changed is written at its end only."""
        with self.ask("save"):
            pass

    def ask(self, path: str, limit: float | None = _ASKING_LIMIT) -> http.client.HTTPResponse:
        """Ask its process itself (``infra.local.in_emulator.control``), and return the answer, to be closed.

        Raises:
            OSError: it does not answer, or refuses.
        """
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"{self.endpoint}{PATH}/{path}", headers={SECRET: self.secret})  # noqa: S310
        answer: http.client.HTTPResponse = opener.open(request, timeout=limit)
        return answer

    def stop(self) -> None:
        """End it and the functions' processes. Calling this again is safe."""
        self._held.close()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()  # it saves its state, if that is kept, and ends by itself
        if self._keep:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_SAVING_LIMIT)
        with contextlib.suppress(ProcessLookupError):
            # Without a state an orderly exit would take seconds for nothing. The group includes the functions.
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _start(self) -> None:
        if shutil.disk_usage(self.place.path).free < _NEEDED_BYTES:
            raise CannotStart(f"the disk is full: {_NEEDED_BYTES >> 20} MB must be free for {self.place.path}")
        with self.place.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.emulator_main"],
                cwd=Path(__file__).parents[2],
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we then stop it in order
            )

    def _environment(self) -> dict[str, str]:
        """Return our own variables, without what must not leak in.

        That is another AWS account's settings, a developer's own modules, and a proxy.
        """
        temporary = str(self.place.temporary.absolute())
        kept_at = str(self.place.state.absolute()) if self._keep else temporary
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON", "PARLEY_"))}
        return {
            **kept,
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": HOST,
            "AUTH": "true",
            "MINISTACK_REGION": self._region,
            "LOG_LEVEL": "WARNING",
            "TMPDIR": temporary,
            "CODE_DIR": str(self.place.code.absolute()),
            "STATE_DIR": f"{kept_at}/aws",  # has Cognito's keys; in /tmp they might be another user's
            "S3_DATA_DIR": f"{kept_at}/s3",
            "PERSIST_STATE": str(int(self._keep)),
            "S3_PERSIST": str(int(self._keep)),
            SECRET_VARIABLE: self.secret,
            "PYTHONUNBUFFERED": "1",
            "NO_PROXY": f"{HOST},localhost",
            "AWS_EC2_METADATA_DISABLED": "true",
            # These switch off listeners on fixed ports that nothing here uses, and access to a Docker daemon that is
            # none of its business.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent/docker.sock",
            **self._more,
        }

    def ready(self) -> None:
        """Return once it is healthy.

        Raises:
            CannotStart: it did not come up.
        """
        assert self._process is not None
        until = time.monotonic() + _START_LIMIT
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise CannotStart(f"the embedded AWS ended while starting; see {self.place.log}")
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(f"{self.endpoint}/_ministack/health", timeout=2):
                    return
            time.sleep(0.1)
        raise CannotStart(f"the embedded AWS did not answer within {_START_LIMIT:.0f} s; see {self.place.log}")


def address(port: int) -> str:
    """Return the address of an emulator at this port."""
    return f"http://{HOST}:{port}"


def wanted_port() -> int:
    """Return the port that PARLEY_PORT names, or the usual one if it is not set. 0 stands for any free port.

    Raises:
        CannotStart: PARLEY_PORT does not name a port.
    """
    given = os.environ.get("PARLEY_PORT", str(_DEFAULT_PORT))
    if not (given.isascii() and given.isdigit()) or int(given) > 65_535:
        raise CannotStart(f"PARLEY_PORT must be a port number, not {given!r}")
    return int(given)


def free_port() -> int:
    """Return a port that nobody is serving at right now."""
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def must_be_free(port: int) -> None:
    """Raise ``CannotStart`` if somebody serves at this port."""
    try:
        # Bind as a server would, so that sockets of a run that has just ended (TIME_WAIT) are no obstacle.
        with socket.create_server((HOST, port)):
            return
    except PermissionError:
        raise CannotStart(f"port {port} is not ours to use; choose another: PARLEY_PORT=4600 make run") from None
    except OSError:
        raise CannotStart(
            f"port {port} is taken (another Parley, or another emulator?); choose another: PARLEY_PORT=4600 make run"
        ) from None
