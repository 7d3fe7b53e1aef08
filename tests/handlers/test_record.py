"""The streams' second reader: replays, poison, a sink that is down, and rows that mean nothing here."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from parley.analytics import recording
from parley.analytics.aws import streams
from parley.analytics.memory import MemorySink, MemorySubjects
from parley.chat.aws import items as chat
from parley.chat.entries import Body, MessageEntry
from parley.chat.memory import MemoryDirectory
from parley.core.errors import Unavailable
from parley.delivery.aws import items as delivery
from parley.delivery.model import Connection
from parley.media.aws import items as media
from parley.media.model import Media
from parley.runtime import dependencies
from parley.runtime.telemetry import Telemetry
from tests.handlers import events
from workers.record import consume

DM = "dm:alice:bob"
AT = 1_795_000_000_000
CHANGED = AT // 1000 + 60
"""When the Directory changed, in seconds, as DynamoDB Streams tells it."""


def entry(seq: int, text: str = "Come at nine") -> MessageEntry:
    return MessageEntry(DM, seq, seq, f"m{seq}", "alice", AT, Body(text))


def change(new: dict[str, Any] | None, old: dict[str, Any] | None = None, number: int = 1) -> dict[str, Any]:
    """A record of the Directory's stream."""
    key = new or old
    assert key is not None
    dynamodb: dict[str, Any] = {
        "ApproximateCreationDateTime": CHANGED,
        "Keys": {"pk": key["pk"], "sk": key["sk"]},
        "SequenceNumber": f"{number:021d}",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    dynamodb |= {"NewImage": new} if new else {}
    dynamodb |= {"OldImage": old} if old else {}
    name = "INSERT" if old is None else "MODIFY" if new else "REMOVE"
    return {"eventID": f"{number:032x}", "eventName": name, "eventSource": "aws:dynamodb", "dynamodb": dynamodb}


def membership(**marks: int) -> dict[str, Any]:
    return {**chat.membership_key("bob", DM), **{name: {"N": str(value)} for name, value in marks.items()}}


def recipient(*connections: Connection) -> dict[str, Any]:
    held = {delivery.CONNECTION + c.id: delivery.connection_value(c) for c in connections}
    return {**delivery.recipient_key("bob"), "role": {"S": "provider"}, **held}


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


@pytest.fixture
def recorder(sink: MemorySink) -> dependencies.Recorder:
    directory = MemoryDirectory()
    directory.upsert_user("alice", "consumer", "Alice")
    directory.upsert_user("bob", "provider", "Bob")
    return dependencies.Recorder(recording.Ports(MemorySubjects(directory), sink), streams.happenings, Telemetry())


def run(recorder: dependencies.Recorder, *records: dict[str, Any]) -> list[str]:
    return [f["itemIdentifier"] for f in consume({"Records": list(records)}, recorder)["batchItemFailures"]]


def test_entries_are_recorded_without_their_texts(recorder: dependencies.Recorder, sink: MemorySink):
    assert run(recorder, *events.stream(entry(1), entry(2))["Records"]) == []
    assert [(e.kind, e.seq, e.size) for e in sink.events] == [("started", 1, 0), ("message", 1, 12), ("message", 2, 12)]
    assert "nine" not in str(sink.events)


def test_nothing_is_recorded_of_the_canarys_users(recorder: dependencies.Recorder, sink: MemorySink):
    without = replace(recorder, canary=frozenset({"alice"}))
    assert run(without, *events.stream(entry(1), entry(2))["Records"]) == []
    assert run(without, change(membership(delivered=4), membership(delivered=2), 3)) == []
    assert [(e.kind, e.seq) for e in sink.events] == [("delivered", 4)]


def test_what_is_read_twice_has_the_same_ids(recorder: dependencies.Recorder, sink: MemorySink):
    record = change(membership(delivered=4, read=4), membership(delivered=2))
    run(recorder, record)
    run(recorder, record)
    assert len(sink.events) == 4
    assert len({e.event for e in sink.events}) == 2


def test_marks_sockets_and_uploads_come_from_the_directory(recorder: dependencies.Recorder, sink: MemorySink):
    pending = media.media_item(Media("photo", "alice", DM, "image/jpeg", 900, "00", AT))
    records = [
        change(recipient(), None, 1),
        change(recipient(Connection("c1", "phone", AT, AT + 9)), recipient(), 2),
        change(recipient(), recipient(Connection("c1", "phone", AT, AT + 9)), 3),
        change(membership(delivered=2, pushed=3), membership(delivered=1), 4),
        change({**pending, "state": {"S": "ready"}}, pending, 5),
    ]
    assert run(recorder, *records) == []
    told = [(e.kind, e.at_ms, e.seq, e.prior, e.size) for e in sink.events]
    assert told == [
        ("joined", CHANGED * 1000, 0, 0, 0),
        ("connected", AT, 0, 0, 0),
        ("disconnected", CHANGED * 1000, 0, 0, 0),
        ("delivered", CHANGED * 1000, 2, 1, 0),
        ("pushed", CHANGED * 1000, 3, 0, 0),
        ("media", CHANGED * 1000, 0, 0, 900),
    ]


def test_other_rows_and_what_is_removed_or_changed_in_the_log_mean_nothing(
    recorder: dependencies.Recorder, sink: MemorySink
):
    (modified,) = events.stream(entry(2))["Records"]
    profile = {"pk": {"S": "U#bob"}, "sk": {"S": "PROFILE"}}
    records = [{**modified, "eventName": "MODIFY"}, change(profile, profile), change(None, membership(read=3))]
    assert run(recorder, *records, change(membership(), None)) == []
    assert sink.events == []


def test_a_record_that_cannot_be_read_holds_up_no_other(
    recorder: dependencies.Recorder, sink: MemorySink, capsys: pytest.CaptureFixture[str]
):
    records = events.stream(entry(2, "secret words"), entry(3))["Records"]
    records[0]["dynamodb"]["NewImage"]["kind"] = {"S": "unheard-of"}
    assert run(recorder, *records) == [records[0]["dynamodb"]["SequenceNumber"]]
    assert [e.seq for e in sink.events] == [3]
    assert "secret" not in capsys.readouterr().out


def test_the_whole_batch_is_read_again_if_it_cannot_be_kept(recorder: dependencies.Recorder, sink: MemorySink):
    def down(_: object) -> None:
        raise Unavailable("down", retry_after=1)

    sink.put = down  # type: ignore[method-assign]
    records = events.stream(entry(2), entry(3))["Records"]
    assert run(recorder, *records) == [records[0]["dynamodb"]["SequenceNumber"]]


def test_its_line_counts_and_names_nobody(recorder: dependencies.Recorder, capsys: pytest.CaptureFixture[str]):
    run(recorder, *events.stream(entry(1))["Records"])
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["Recorded"], line["forgotten"]) == (2, 0)
    assert "alice" not in str(line)
