"""Handler CPU of a send, over the CPU of the same three AWS calls made directly with boto3.

Both are answered within the process instead of over the network, so that only the caller's own work is compared:
building, signing and parsing, and around it everything that the handler does (parsing the frame, deciding, threads, the
log line and the metrics). Rounds of each take turns in one process, and the ratio is the median of the rounds' ratios.
``send.cpu_ratio`` compares with clients as ``boto3.client`` makes them; ``send.cpu_ratio_same_clients`` compares with
clients set up like ours.
"""

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import boto3

from parley.chat.aws import items
from parley.core.aws import clients
from parley.delivery.aws import items as delivery_items
from tests.bench.scene import GATEWAY, scene
from tests.bench.wire import ALICE, BOB, DM, TEXT, Wire, connection_of, entry_item

_ROUNDS = 25
_SENDS = 40
_TAIL = 50
_LOOK_BACK = 7
_PUT = entry_item(DM, _TAIL + 1)
_FRAME = json.dumps(
    {"type": "message", "entry": {"conversation": DM, "seq": _TAIL + 1, "body": {"text": TEXT}}}
).encode()


def measure() -> dict[str, float]:
    """Return ``send.cpu_ratio``, and the same with our own clients' settings."""
    with scene() as s:
        plain = boto3.client("dynamodb"), boto3.client("apigatewaymanagementapi", endpoint_url=GATEWAY)
        same = clients.dynamodb(), clients.connections_api(GATEWAY)
        Wire({DM: _TAIL}).add_connection(s.dynamodb, s.gateway, *plain, *same)
        runs: list[Callable[[], None]] = [lambda: s.send(_TAIL), lambda: _bare(*plain), lambda: _bare(*same)]
        for run in runs:
            _cpu(run)
        rounds = [[_cpu(run) for run in runs] for _ in range(_ROUNDS)]
    return {
        "send.cpu_ratio": statistics.median(ours / bare for ours, bare, _ in rounds),
        "send.cpu_ratio_same_clients": statistics.median(ours / bare for ours, _, bare in rounds),
    }


def _cpu(run: Callable[[], None]) -> float:
    """Return the CPU seconds of the whole process, including all its threads."""
    began = time.process_time()
    for _ in range(_SENDS):
        run()
    return time.process_time() - began


def _bare(dynamodb: Any, gateway: Any) -> None:
    """Make the same calls, with everything that they need at hand."""
    users = [delivery_items.recipient_key(ALICE), delivery_items.recipient_key(BOB)]
    entries = [items.entry_key(DM, _TAIL - _LOOK_BACK), items.entry_key(DM, _TAIL)]
    dynamodb.batch_get_item(
        RequestItems={
            "Log": {"Keys": entries, "ConsistentRead": False},
            "Directory": {"Keys": users, "ConsistentRead": False},
        }
    )
    dynamodb.put_item(
        TableName="Log",
        Item=_PUT,
        ConditionExpression="attribute_not_exists(seq)",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    gateway.post_to_connection(ConnectionId=connection_of(BOB).id, Data=_FRAME)
