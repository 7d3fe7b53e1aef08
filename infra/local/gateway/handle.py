"""The gateway as a process of ours: started, disturbed, killed, restarted, and stopped with all that it started."""

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from infra import package
from infra.local import people
from infra.local.gateway.control import PATH, SECRET
from infra.local.gateway.settings import Faults, Limits, Site, Start, Stats
from infra.local.workspace import CannotStart, Place

_START_LIMIT = 60.0
_LOG = "gateway.log"
_WEB = package.ROOT / "clients" / "web"
T = TypeVar("T")


class Gateway:
    """``with Gateway(listening, …) as gateway:`` – it serves within the block, and leaves only its log.

    Args:
        listening: the socket that it serves at. It belongs to the starter, so that the port stays taken while the
            gateway is down; clients that connect then have to wait.
        endpoint: the embedded AWS, with the APIs deployed.
        place: where its files go.
        region: the Region of the embedded AWS.
        environment: additional variables for the functions.
        limits: API Gateway's own, or smaller ones.
    """

    def __init__(
        self,
        listening: socket.socket,
        endpoint: str,
        place: Place,
        region: str,
        environment: Mapping[str, str],
        limits: Limits | None = None,
    ) -> None:
        self._listening = listening
        self._place = place
        self._log = place.path / _LOG
        self._start = Start(
            endpoint=endpoint,
            region=region,
            secret=secrets.token_urlsafe(),
            directory=str(place.code),
            logs=str(place.path),
            environment=dict(environment),
            limits=limits or Limits(),
        )
        self._faults = Faults()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Where it serves."""
        host, port = self._listening.getsockname()
        return f"http://{host}:{port}"

    def show(self, settings: Mapping[str, str], secret: str) -> None:
        """From the start on, also serve the page, the JavaScript client, these settings for apps, and what happens.

        ``secret`` is the emulator's, for whoever asks its process itself.
        """
        page, client, elements = (str(_WEB / name) for name in ("page", "parley", "elements"))
        site = Site(dict(settings), page, client, secret, elements, str(self._place.path / people.FILE))
        self._start = msgspec.structs.replace(self._start, site=site)

    def __enter__(self) -> Self:
        """Start it, unless ``begin`` has, and return once it serves.

        Raises:
            CannotStart: it did not come up.
        """
        try:
            if self._process is None:
                self.begin()
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def alive(self) -> bool:
        """Return whether it is still running."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Kill it and the functions' workers. Calling this again is safe."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()

    def restart(self) -> None:
        """Kill it and start it again at the same port. All sockets die without a goodbye, and no $disconnect is fired.

        Raises:
            CannotStart: it did not come up again.
        """
        self.stop()
        self.begin()
        self._wait()
        self.faults(self._faults)

    def faults(self, faults: Faults) -> None:
        """From now on inject these faults, and no others."""
        self._faults = faults
        self._ask("PUT", "faults", type(None), msgspec.json.encode(faults))

    def kill_workers(self, n: int) -> int:
        """Kill up to ``n`` workers, in the middle of their work if they have any, and return how many there were."""
        return self._ask("POST", f"kill?workers={n}", int)

    def cut(self, share: float, *, believed: bool = True) -> int:
        """Cut a share of the open sockets without a goodbye, and return how many were cut.

        Args:
            share: the share of the sockets, 0 to 1, that are chosen at random.
            believed: whether the server goes on believing that they are open. Posts to them then succeed and are lost,
                until the idle limit fires $disconnect. Otherwise $disconnect is fired at once.
        """
        return self._ask("POST", f"cut?share={share}&believed={'true' if believed else 'false'}", int)

    def stats(self) -> Stats:
        """Return its current figures."""
        return self._ask("GET", "stats", Stats)

    def begin(self) -> None:
        """Start it, and return at once. It waits for the embedded AWS."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own words only
                [sys.executable, "-m", "infra.local.gateway.main", str(self._listening.fileno())],
                cwd=package.ROOT,
                env={k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON", "PARLEY_"))},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[self._listening.fileno()],
                start_new_session=True,  # Ctrl-C is for us; we then stop it in order
            )
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has already ended, which is noticed next
            self._process.stdin.write(msgspec.json.encode(self._start) + b"\n")
            self._process.stdin.flush()

    def _wait(self) -> None:
        until = time.monotonic() + _START_LIMIT
        while time.monotonic() < until:
            if not self.alive():
                raise CannotStart(f"the gateway ended while starting; see {self._log}")
            # The socket listens from the beginning, so a request waits in its queue until the gateway answers.
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._ask("GET", "stats", Stats, limit=1.0)
                return
        raise CannotStart(f"the gateway did not answer within {_START_LIMIT:.0f} s; see {self._log}")

    def _ask(self, method: str, what: str, kind: type[T], body: bytes = b"", limit: float = 30.0) -> T:
        host, port = self._listening.getsockname()
        connection = http.client.HTTPConnection(host, port, timeout=limit)
        with contextlib.closing(connection):
            connection.request(method, f"{PATH}/{what}", body, {SECRET: self._start.secret})
            answer = connection.getresponse()
            if answer.status != 200:
                raise http.client.HTTPException(f"the gateway answered {answer.status}")
            return msgspec.json.decode(answer.read(), type=kind)
