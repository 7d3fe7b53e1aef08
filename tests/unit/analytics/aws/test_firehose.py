"""Events to Firehose: few and large records, and what is refused is put again."""

import json

import pytest

from parley.analytics.aws import firehose
from parley.analytics.aws.firehose import FirehoseSink, packed
from parley.analytics.model import Event
from parley.core.errors import Unavailable


def event(n: int) -> Event:
    return Event(f"e{n}", "message", "2026-11-18", n, "p", "consumer", "c", n, 0, "", 5, "text")


class Client:
    """A Firehose that refuses the records of the given numbers in its first calls, one set a call."""

    def __init__(self, *refused: set[int]) -> None:
        self.refused = list(refused)
        self.calls: list[list[bytes]] = []

    def put_record_batch(self, DeliveryStreamName, Records):  # noqa: N803 - botocore's names
        assert DeliveryStreamName == "events"
        self.calls.append([r["Data"] for r in Records])
        refused = self.refused.pop(0) if self.refused else set()
        told = [
            {"ErrorCode": "ServiceUnavailableException"} if n in refused else {"RecordId": "1"}
            for n in range(len(Records))
        ]
        return {"FailedPutCount": len(refused), "RequestResponses": told}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seen: list[float] = []
    monkeypatch.setattr(firehose.time, "sleep", seen.append)
    return seen


def test_many_events_are_one_record_of_documents_that_follow_each_other():
    (record,) = packed([event(n) for n in range(1_000)])
    documents = [json.loads(line) for line in record.splitlines()]
    assert [d["event"] for d in documents] == [f"e{n}" for n in range(1_000)]
    assert not record.startswith(b"[")


def test_a_record_is_no_larger_than_allowed_and_no_event_is_cut():
    one = len(next(packed([event(1)])))
    records = list(packed([event(n) for n in range(9)], most=4 * one))
    assert [r.count(b"\n") for r in records] == [4, 4, 1]
    assert list(packed([event(1)], most=1)) == [next(packed([event(1)]))]
    assert firehose.RECORD * firehose.CALL_RECORDS <= 4 * 1024 * 1024


def test_only_what_was_refused_is_put_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(firehose, "packed", lambda events: [b"0", b"1", b"2"])
    client = Client({0, 2}, {1})
    FirehoseSink(client, "events").put([event(1)])
    assert client.calls == [[b"0", b"1", b"2"], [b"0", b"2"], [b"2"]]


def test_what_is_refused_every_time_is_unavailable(pauses: list[float]):
    client = Client(*[{0}] * 9)
    with pytest.raises(Unavailable):
        FirehoseSink(client, "events").put([event(1)])
    assert len(client.calls) == 4
    assert len(pauses) == 3
