"""How long a direct message takes from the sender's socket to the recipient's, as ratios within one run.

``send.latency_ratio``: the median, over that of a function which makes the same three calls one after the other and
nothing else, with boto3's default clients, behind the same gateway and on the same embedded AWS. The time of the
gateway, the worker and the emulator is in both, so what is left is what Parley adds.

``send.latency_over_sample``: the median, over that of AWS's sample chat in Python (``tests.bench.baseline_functions``),
which stores nothing, between two users who are alone in its table.

The three take turns, one message at a time. The users write in turns, as people do who have read what came before.
"""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from websockets.sync.client import ClientConnection, connect

from infra.local.stack import Local, User, running
from parley.chat.aws import items
from parley.delivery.aws import items as delivery_items
from tests import tables
from tests.baseline_api import Maker, PlainApi
from tests.bench.wire import TEXT, entry_item

_SOURCE = Path(__file__).with_name("baseline_functions.py")
_ACTIONS = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan",
            "execute-api:ManageConnections"]  # fmt: skip
_LOG, _CONNECTIONS = "BenchLog", "BenchConnections"
_PAIRS = 8
_WARM = 10
_MESSAGES = 30
"""Of a pair. The emulator, unlike DynamoDB, goes through a whole conversation to find one of its entries."""
_LOOK_BACK = 7
_TIMEOUT_S = 20


class _Side(NamedTuple):
    """One of those compared, between two sockets."""

    sockets: tuple[ClientConnection, ClientConnection]
    frames: Callable[[int], dict[str, Any]]
    """The frame of the nth message, from 0. The users send in turns."""

    def time(self, n: int) -> float:
        """Return the seconds from the nth message's frame to the other socket's. Wait for the sender's ack, too."""
        sender, recipient = self.sockets[n % 2], self.sockets[1 - n % 2]
        frame = json.dumps(self.frames(n))
        began = time.perf_counter()
        sender.send(frame)
        _receive(recipient, "message")
        took = time.perf_counter() - began
        _receive(sender, "ack")
        return took


def measure() -> dict[str, float]:
    """Return both ratios."""
    with running() as local:
        api = _baselines(local)
        rounds = [times for n in range(_PAIRS) for times in _conversation(local, api, n)]
    parley, bare, sample = (statistics.median(times) for times in zip(*rounds, strict=True))
    return {"send.latency_ratio": parley / bare, "send.latency_over_sample": parley / sample}


def _baselines(local: Local) -> PlainApi:
    """Deploy the functions, a log like Parley's own, and the sample's table."""
    maker = Maker(local.endpoint)
    api = maker.api("baselines")
    for key in ("connection", "bare", "lookup_chat"):
        function = maker.function(key.replace("_", "-"), _SOURCE, f"{_SOURCE.stem}.{key}", _ACTIONS)
        api.route(key, function, responds=True)
    tables.create(local.dynamodb, _LOG, "BenchDirectory")
    local.dynamodb.update_table(
        TableName=_LOG, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    )
    local.dynamodb.create_table(
        TableName=_CONNECTIONS,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "connection_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "connection_id", "KeyType": "HASH"}],
    )
    return api


def _conversation(local: Local, api: PlainApi, number: int) -> list[list[float]]:
    """Return, for each message of two new users, the seconds that it took each side."""
    users = local.create_user(f"ada-{number}", "consumer"), local.create_user(f"ben-{number}", "provider")
    with ExitStack() as held:
        parley = _Side(_two(held, [(local.url, ["parley.v1", local.token(user)]) for user in users]), _sends(users))
        address = f"{local.gateway.endpoint}{api.path}"
        sockets = _two(held, [(address.replace("http", "ws", 1), None)] * 2)
        ids = [_connection(socket) for socket in sockets]
        held.callback(_forget, local, ids)
        for connection in ids:
            item = {"connection_id": {"S": connection}, "user_name": {"S": "somebody"}}
            local.dynamodb.put_item(TableName=_CONNECTIONS, Item=item)
        bare = _Side(sockets, partial(_bare, local, address, ids, (users[0].id, users[1].id)))
        sample = _Side(
            sockets, lambda _: {"action": "lookup_chat", "url": address, "table": _CONNECTIONS, "text": TEXT}
        )
        return [[side.time(n) for side in (parley, bare, sample)] for n in range(_WARM + _MESSAGES)][_WARM:]


def _sends(users: Sequence[User]) -> Callable[[int], dict[str, Any]]:
    return lambda n: {
        "action": "send", "id": f"m{n}", "to": users[1 - n % 2].id, "after": n, "body": {"text": TEXT}
    }  # fmt: skip


def _bare(local: Local, url: str, ids: Sequence[str], users: tuple[str, str], n: int) -> dict[str, Any]:
    """Return a frame with the parameters of the calls that Parley makes for the nth message."""
    conversation = f"dm:{users[0]}:{users[1]}"
    item = entry_item(conversation, n + 1)
    entries = [items.entry_key(conversation, seq) for seq in sorted({max(1, n - _LOOK_BACK), max(1, n)})]
    people = [delivery_items.recipient_key(user) for user in users]
    return {
        "action": "bare", "url": url, "to": ids[1 - n % 2], "post": {"type": "message", "entry": item},
        "get": {"RequestItems": {_LOG: {"Keys": entries}, local.outputs["DirectoryTable"]: {"Keys": people}}},
        "put": {"TableName": _LOG, "Item": item, "ConditionExpression": "attribute_not_exists(seq)"},
    }  # fmt: skip


def _two(held: ExitStack, dialled: list[tuple[str, Any]]) -> tuple[ClientConnection, ClientConnection]:
    one, other = (
        held.enter_context(connect(url, subprotocols=protocols, compression=None, proxy=None))
        for url, protocols in dialled
    )
    return one, other


def _connection(socket: ClientConnection) -> str:
    socket.send(json.dumps({"action": "connection"}))
    return str(json.loads(socket.recv(timeout=_TIMEOUT_S))["connection"])


def _forget(local: Local, ids: Sequence[str]) -> None:
    for connection in ids:
        local.dynamodb.delete_item(TableName=_CONNECTIONS, Key={"connection_id": {"S": connection}})


def _receive(socket: ClientConnection, kind: str) -> None:
    while json.loads(socket.recv(timeout=_TIMEOUT_S))["type"] != kind:
        pass
