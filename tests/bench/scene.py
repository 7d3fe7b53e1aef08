"""The message function as it is deployed, and every AWS call that it makes."""

import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
from msgspec import Struct

from parley.chat.aws.log import DynamoLog
from parley.chat.send import Rules
from parley.core.budget import Budget
from parley.delivery.aws.sockets import GatewaySockets
from parley.runtime import bootstrap
from realtime.message import message
from tests.bench.wire import ALICE, DM, TEXT, connection_of
from tests.handlers import events
from tests.tables import template

GATEWAY = "http://127.0.0.1:9/live"
SETTINGS = {
    "LOG_TABLE": "Log",
    "DIRECTORY_TABLE": "Directory",
    "CONNECTIONS_URL": GATEWAY,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "parley",
}
REST_SETTINGS = SETTINGS | {
    name: SETTINGS.get(name, value if isinstance(value, str) else "bench")
    for name, value in template()["Resources"]["RestFunction"]["Properties"]["Environment"]["Variables"].items()
}
"""The environment that the template gives the HTTP function, with values that no figure depends on."""
_NOWHERE = Path(os.devnull).open("w")  # noqa: SIM115  (Powertools' one logger keeps it to the end)


class Call(Struct):
    """One AWS call, as it happened."""

    name: str
    began: float
    ended: float = 0.0
    read_units: float = 0.0
    write_units: float = 0.0


class Scene:
    """Alice sends. ``calls`` are those that the function has made since the last ``clear``."""

    def __init__(self) -> None:
        # Flood control and the budget run, but never refuse.
        self.deps = msgspec.structs.replace(
            bootstrap.message(SETTINGS), rules=Rules(burst_ms=0), budget=Budget(burst=10**9)
        )
        log, sockets = self.deps.sending.log, self.deps.sending.sockets
        assert isinstance(log, DynamoLog)
        assert isinstance(sockets, GatewaySockets)
        self.dynamodb, self.gateway = log._client, sockets._client
        self.calls: list[Call] = []
        self._sent = 0

    def observe(self, *clients: Any) -> None:
        """Record these clients' calls from now on, or the function's own, with the units that DynamoDB reports."""
        for client in clients or (self.dynamodb, self.gateway):
            client.meta.events.register("provide-client-params", _ask_for_units)
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("after-call", self._after)

    def send(self, after: int, conversation: str = DM) -> None:
        """Have Alice, who is up to date, send on the socket that she has."""
        self._sent += 1
        command = {
            "action": "send", "id": f"m-{self._sent:08}-4f7c", "after": after,
            "conversation": conversation, "body": {"text": TEXT},
        }  # fmt: skip
        socket = connection_of(ALICE)
        event = events.frame(command, connection=socket.id, user=ALICE, device=socket.device)
        response = message(event, self.deps, time.time_ns() // 1_000_000)
        assert '"ack"' in response["body"], response

    def _before(self, model: Any, params: Any, context: Any, **_: Any) -> None:
        context["parley_call"] = call = Call(model.name, time.perf_counter())
        context["parley_request"] = params.get("body")
        self.calls.append(call)

    def _after(self, parsed: Any, context: Any, model: Any, **_: Any) -> None:
        call: Call = context["parley_call"]
        call.ended = time.perf_counter()
        units = _units(parsed, context)
        if model.name in {"Query", "GetItem", "BatchGetItem"}:
            call.read_units = units
        else:
            call.write_units = units


def _units(parsed: dict[str, Any], context: Any) -> float:
    """Return what DynamoDB says the call used. For a batch get on an emulator that does not say, apply DynamoDB's rule.

    The rule is half a unit per 4 KB of each item read eventually, a whole one if read strongly, and as much for a key
    that finds nothing (Amazon DynamoDB developer guide, "DynamoDB read and write operations").
    """
    consumed = parsed.get("ConsumedCapacity")
    if consumed is not None:
        return float(sum(c["CapacityUnits"] for c in (consumed if isinstance(consumed, list) else [consumed])))
    if "Responses" not in parsed:
        return 0.0
    request = json.loads(context["parley_request"])["RequestItems"]
    (strong,) = {bool(table.get("ConsistentRead")) for table in request.values()}
    keys = sum(len(table["Keys"]) for table in request.values())
    sizes = [len(json.dumps(item)) for found in parsed["Responses"].values() for item in found]  # JSON is longer
    return (1.0 if strong else 0.5) * (sum(math.ceil(size / 4096) for size in sizes) + keys - len(sizes))


def _ask_for_units(params: dict[str, Any], model: Any, **_: Any) -> None:
    if model.service_model.service_name == "dynamodb":
        params["ReturnConsumedCapacity"] = "TOTAL"


@contextmanager
def scene(**environment: str) -> Iterator[Scene]:
    """Run the function in this environment. What it prints is discarded."""
    with patch.dict(os.environ, {**SETTINGS, **environment}), redirect_stdout(_NOWHERE):
        yield Scene()
