"""The canary's ports in memory: a service of two users, that can be told to fail."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from parley.canary.model import Credentials
from parley.canary.ports import Line
from parley.core.errors import Unavailable

STORED = Credentials(writer="w@example.com", reader="r@example.com", reader_id="reader", password="secret")  # noqa: S106


class MemoryService:
    """Everything between the two: ``tail`` entries are there already. ``broken`` names what does not work:
    ``credentials``, ``sign-in``, ``dial``, ``ack``, ``delivery`` or ``receipt``.
    """

    def __init__(self, *, tail: int = 0, broken: str = "") -> None:
        self.tail = tail
        self.broken = broken
        self.open: dict[str, MemoryLine] = {}
        self.closed: list[str] = []
        self.marked = 0

    def credentials(self) -> Credentials:
        self.works("credentials")
        return STORED

    def access_token(self, email: str, password: str) -> str:
        self.works("sign-in")
        if password != STORED.password:
            raise Unavailable("not the password")
        return email

    def dial(self, token: str, device: str) -> Line:
        self.works("dial")
        self.open[token] = MemoryLine(self, token, device)
        return self.open[token]

    def works(self, what: str) -> None:
        """Check that this is not what is broken.

        Raises:
            Unavailable: it is.
        """
        if what == self.broken:
            raise Unavailable("it is broken")


class MemoryLine:
    """One user's socket."""

    def __init__(self, service: MemoryService, user: str, device: str) -> None:
        self.device = device
        self._service = service
        self._user = user
        self._heard: deque[dict[str, Any]] = deque()

    def say(self, frame: Mapping[str, Any]) -> None:
        {"send": self._send, "mark": self._mark}[frame["action"]](frame)

    def hear(self, limit: float) -> dict[str, Any]:
        if not self._heard:
            raise Unavailable(f"nothing came within {limit:g} s")
        return self._heard.popleft()

    def close(self) -> None:
        self._service.closed.append(self._user)

    def _send(self, frame: Mapping[str, Any]) -> None:
        service = self._service
        if service.broken == "ack":
            return
        if service.tail - frame["after"] > 200:  # docs/protocol.md, "send"
            self._heard.append({"type": "error", "id": frame["id"], "code": "conflict", "tail": service.tail})
            return
        service.tail += 1
        self._heard.append({"type": "ack", "id": frame["id"], "seq": service.tail})
        if service.broken != "delivery":
            entry = {"conversation": "dm:reader:writer", "seq": service.tail, "id": frame["id"], "body": frame["body"]}
            service.open[STORED.reader]._heard.append({"type": "message", "entry": entry})

    def _mark(self, frame: Mapping[str, Any]) -> None:
        service = self._service
        service.marked = frame["read"]
        if service.broken != "receipt":
            marks = {"delivered": frame["delivered"], "read": frame["read"]}
            service.open[STORED.writer]._heard.append({"type": "receipt", "marks": marks})
