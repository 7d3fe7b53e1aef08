"""What recording adds to the price of a million messages: ``analytics.usd_per_million``.

It is measured on the function itself, at one window's worth of a support chat: conversations with five messages each in
five minutes (20 in 20 minutes). Each message is an entry, a delivered and a read mark; each member opens and closes a
socket once in that time, and their place in the inbox moves, which is recorded as nothing. DynamoDB and Firehose are
answered within the process, and what they are asked is counted. The price has

- invocations, of batches as large as Lambda's payload allows (6 MB), and their time: the measured CPU at the share of
  a core that the memory buys, and an assumed wait for each call (``tests.bench.life``)
- one weak read for each user of a batch, as if no process had kept any
- Firehose with its conversion, in multiples of 5 KB, and a month's storage of the Parquet, written by DuckDB
- the function's log lines.

DynamoDB reads its streams for Lambda at no charge. It does not have a user's one write in a lifetime.
``analytics.calls_on_the_path`` is how many calls recording adds to what a message waits for. The functions that a user
waits for import none of it, which is checked here.
"""

import io
import json
import math
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import Any

from infra.analytics import lake
from infra.capacity import prices
from infra.capacity.usage import Usage
from parley.analytics import recording
from parley.analytics.aws import streams
from parley.analytics.aws.firehose import FirehoseSink
from parley.analytics.aws.subjects import DynamoSubjects
from parley.chat.aws import items as chat
from parley.chat.entries import Body, MessageEntry
from parley.core.aws.threads import Threads
from parley.delivery.aws import items as delivery
from parley.delivery.model import Connection
from parley.runtime import dependencies
from parley.runtime.telemetry import Telemetry
from tests import tables
from tests.bench.wire import TEXT
from workers.record import consume

_CONVERSATIONS, _EACH = 300, 5
_AT = 1_795_000_000_000
_PAYLOAD = 6_000_000
_FIREHOSE_S, _DYNAMODB_S = 0.03, 0.004
_MB_PER_CORE = 1769
_LOG_EVENT_BYTES = 26
_BLOCK = 5 * 1024


class _Services:
    """DynamoDB, in which every user has a key, and Firehose."""

    def __init__(self) -> None:
        self.read_units = 0.0
        self.calls_s = 0.0
        self.records: list[bytes] = []

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - botocore's names
        ((table, wanted),) = RequestItems.items()
        self.read_units += len(wanted["Keys"]) / 2
        self.calls_s += _DYNAMODB_S
        rows = [{**key, "role": {"S": "consumer"}, "analytics_key": {"S": "0f" * 32}} for key in wanted["Keys"]]
        return {"Responses": {table: rows}}

    def put_record_batch(self, DeliveryStreamName: str, Records: Any) -> Any:  # noqa: N803
        self.records += [r["Data"] for r in Records]
        self.calls_s += _FIREHOSE_S
        return {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"}] * len(Records)}


def measure() -> dict[str, float]:
    """Return the price, and its parts by what is charged."""
    entries, directory = _records()
    used = _recorded(entries) + _recorded(directory)
    messages = _CONVERSATIONS * _EACH
    million = used * (1e6 / messages)
    price = prices.load()
    figures = {
        "analytics.usd_per_million": price.marginal(million),
        "analytics.calls_on_the_path": float(_imported("realtime.message") + _imported("rest.app")),
    }
    parts = {name: usd for name, usd in price.bill(million).items() if usd}
    return figures | {f"analytics.usd_per_million.{name}": usd for name, usd in parts.items()}


def _recorded(records: list[dict[str, Any]]) -> Usage:
    memory = tables.template()["Resources"]["RecorderFunction"]["Properties"]["MemorySize"]
    services, used, out = _Services(), Usage(), io.StringIO()
    client: Any = services
    for batch in _batches(records):
        deps = dependencies.Recorder(
            recording.Ports(DynamoSubjects(client, "Directory", Threads(8)), FirehoseSink(client, "events")),
            streams.happenings,
            Telemetry(),
        )
        before = services.calls_s
        with redirect_stdout(out):
            began = time.process_time()
            answer = consume(json.loads(batch), deps)
            cpu = time.process_time() - began
        assert answer == {"batchItemFailures": []}
        seconds = cpu * _MB_PER_CORE / memory + services.calls_s - before
        used += Usage(lambda_requests=1, lambda_gb_seconds=math.ceil(seconds * 1000) / 1000 * memory / 1024)
    billed = sum(math.ceil(len(r) / _BLOCK) * _BLOCK for r in services.records)
    lines = out.getvalue().splitlines()
    return used + Usage(
        read_units=services.read_units,
        events_gb=billed / 1e9,
        media_gb_months=_parquet(services.records) / 1e9,  # which is S3's price for anything
        log_gb=sum(len(line.encode()) + _LOG_EVENT_BYTES for line in lines) / 1e9,
    )


def _records() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The records of both streams, as Lambda hands them on."""
    entries: list[dict[str, Any]] = []
    directory: list[dict[str, Any]] = []
    for n in range(_CONVERSATIONS):
        pair = (f"a{n:07}-0000-4000-8000-000000000000", f"b{n:07}-0000-4000-8000-000000000000")
        name = f"dm:{pair[0]}:{pair[1]}"
        for seq in range(2, 2 + _EACH):
            client_id = f"{seq:08}-4f7c-4000-8000-{n:012}"
            entry = MessageEntry(name, seq, seq, client_id, pair[seq % 2], _AT + seq, Body(TEXT))
            entries.append(_record(len(entries), None, chat.entry_item(entry)))
            marks = ((seq - 1, seq - 1), (seq, seq - 1), (seq, seq))
            rows = [_membership(pair[1 - seq % 2], name, delivered=d, read=r) for d, r in marks]
            directory += [_record(len(directory), old, new) for old, new in pairwise(rows)]
        for user in pair:
            none, socket = _recipient(user), _recipient(user, Connection("L0SM9cOFvHcCIhw=", "phone", _AT, _AT + 9))
            row = _membership(user, name, delivered=9, read=9)
            directory += [_record(len(directory), a, b) for a, b in ((none, socket), (socket, none), (row, row))]
    return entries, directory


def _membership(user: str, name: str, **marks: int) -> dict[str, Any]:
    numbers = {**marks, "read_count": marks["read"], "pushed": 0, "recent": _AT}
    return {**chat.membership_key(user, name), **{k: {"N": str(v)} for k, v in numbers.items()}}


def _recipient(user: str, *connections: Connection) -> dict[str, Any]:
    held = {delivery.CONNECTION + c.id: delivery.connection_value(c) for c in connections}
    known = {"role": {"S": "consumer"}, "name": {"S": "Some Body"}, "analytics_key": {"S": "0f" * 32}}
    return {**delivery.recipient_key(user), **known, **held}


def _record(number: int, old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    keys = {name: new[name] for name in ("conversation", "seq", "pk", "sk") if name in new}
    images = {"NewImage": new, **({"OldImage": old} if old else {})}
    return {
        "eventID": f"{number:032x}",
        "eventName": "MODIFY" if old else "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": _AT // 1000,
            "Keys": keys,
            **images,
            "SequenceNumber": f"{4421584500000000017450439090 + number}",
            "SizeBytes": 500,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/Directory/stream/2026-11-23T07:00:00.000",
    }


def _batches(records: list[dict[str, Any]]) -> list[bytes]:
    """The records in batches of no more than Lambda's payload."""
    batches: list[list[dict[str, Any]]] = [[]]
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if size + length > _PAYLOAD:
            batches.append([])
            size = 0
        batches[-1].append(record)
        size += length
    return [json.dumps({"Records": batch}).encode() for batch in batches]


def _parquet(records: list[bytes]) -> int:
    with tempfile.TemporaryDirectory() as work:
        lake.write(Path(work), {"2026-11-18": records})
        return sum(path.stat().st_size for path in Path(work).rglob("*.parquet"))


def _imported(module: str) -> int:
    """How many of analytics' modules a function loads that somebody waits for."""
    code = f"import sys, {module}; print(sum(n.startswith('parley.analytics') for n in sys.modules))"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
