"""A DynamoDB and a gateway without a network: botocore's requests are answered within the process.

What is left to measure is the caller's own work. Reading a log costs what it costs a caller of DynamoDB: it depends on
what is returned, not on how long the log is.
"""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.awsrequest import AWSResponse

from parley.chat.aws import items
from parley.chat.entries import Body, MessageEntry
from parley.delivery.aws import items as delivery_items
from parley.delivery.model import Connection

USERS = {"alice-00000000-0000-4000-8000-0001": "consumer", "bob-00000000-0000-4000-8000-000002": "provider"}
ALICE, BOB = USERS
DM = f"dm:{ALICE}:{BOB}"
_BEGAN = time.time_ns() // 1_000_000 - 3_600_000
TEXT = "Is Tuesday at ten all right for you? I can also come on Wednesday."


class _Content:
    """The body of an HTTP response, as botocore reads one."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def answer(content: bytes) -> AWSResponse:
    """Return a response that was never on a network."""
    return AWSResponse("http://local", 200, {"Content-Type": "application/x-amz-json-1.0"}, _Content(content))


def entry_item(conversation: str, seq: int) -> dict[str, Any]:
    """Return an entry, an hour old. Alice and Bob write in turns."""
    return items.entry_item(
        MessageEntry(conversation, seq, seq, f"old-{seq:08}", (ALICE, BOB)[seq % 2], _BEGAN + seq, Body(TEXT))
    )


def connection_of(user: str, device: int = 0) -> Connection:
    """Return the socket of one of a user's devices. The first device is their phone."""
    name = f"{user}-phone" if device == 0 else f"{user}-device-{device}"
    return Connection(f"{user[:8]}Kq2vPHcCI{device:03}" if device else f"{user[:8]}Kq2vPHcCIhw=", name, 1, 10**13)


class Wire:
    """Alice and Bob, online, with conversations of given lengths. Puts succeed, but are not kept."""

    def __init__(self, logs: dict[str, int]) -> None:
        self._logs = {name: [entry_item(name, n) for n in range(1, length + 1)] for name, length in logs.items()}
        self._reaches = {user: _reach(user, role) for user, role in USERS.items()}

    def upsert_user(self, user: str, devices: int = 1) -> None:
        """Add another provider, online like Bob, or give an existing one more devices."""
        self._reaches[user] = _reach(user, "provider", devices)

    def add_connection(self, *clients: Any) -> None:
        """Answer these clients' requests from now on."""
        for client in clients:
            service = client.meta.service_model.service_name
            reply = self._dynamodb if service == "dynamodb" else (lambda **_: answer(b""))
            client.meta.events.register(f"before-send.{service}", reply)

    def _dynamodb(self, request: Any, **_: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        name = (target.decode() if isinstance(target, bytes) else target).split(".")[1]
        body: dict[str, Any] = {}
        if name == "BatchGetItem":
            asked = json.loads(request.body)["RequestItems"]
            body = {"Responses": {table: self._found(table, asked[table]["Keys"]) for table in asked}}
        return answer(json.dumps(body).encode())

    def _found(self, table: str, keys: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        if table == "Directory":
            users = [key["pk"]["S"].removeprefix("U#") for key in keys if key["sk"]["S"] == "REACH"]
            return [self._reaches[u] for u in users]
        logs = [(self._logs[key["conversation"]["S"]], int(key["seq"]["N"])) for key in keys]
        return [log[seq - 1] for log, seq in logs if seq <= len(log)]


def _reach(user: str, role: str, devices: int = 1) -> dict[str, Any]:
    connections = [connection_of(user, device) for device in range(devices)]
    return {
        **delivery_items.recipient_key(user),
        "role": {"S": role},
        "seen": {"N": "1"},
        "name": {"S": user},
        delivery_items.BLOCKED: {"N": "0"},
        **{delivery_items.CONNECTION + c.id: delivery_items.connection_value(c) for c in connections},
    }
