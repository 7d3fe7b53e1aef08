"""DynamoDB's bad days: throttles, unprocessed keys, a taken slot whose holder is not named, a missing permission."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError
from botocore.stub import ANY, Stubber

from parley.chat.aws import items, log
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.chat.entries import Body, MessageEntry
from parley.core.aws import batch
from parley.core.aws.threads import Threads
from parley.core.errors import Unavailable
from parley.core.writes import STORED, Occupied

ENTRY = MessageEntry("dm:a:b", 2, 2, "m2", "a", 1, Body("hi"))
FIRST = MessageEntry("dm:a:b", 1, 1, "m1", "a", 1, Body("hi"))


@pytest.fixture
def client() -> Any:
    return boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr("parley.core.aws.batch.time.sleep", pauses.append)
    return pauses


@pytest.mark.parametrize(
    ("code", "status"),
    [("ProvisionedThroughputExceededException", 400), ("ThrottlingException", 400), ("RequestLimitExceeded", 400),
     ("InternalServerError", 500), ("ServiceUnavailable", 503),
     ("SomethingNew", 500), ("SomethingNew", 429), ("TransactionInProgressException", 400)],
)  # fmt: skip
def test_what_a_retry_may_mend_is_unavailable_and_says_when(client: Any, code: str, status: int):
    with Stubber(client) as stub, pytest.raises(Unavailable) as raised:
        stub.add_client_error("put_item", code, http_status_code=status)
        DynamoLog(client, "Log", "Directory").append(ENTRY, ())
    assert raised.value.retryable
    assert raised.value.retry_after


def test_a_service_that_cannot_be_reached_is_unavailable(client: Any, monkeypatch: pytest.MonkeyPatch):
    def fail(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(client, "put_item", fail)
    with pytest.raises(Unavailable):
        DynamoLog(client, "Log", "Directory").append(ENTRY, ())


def test_a_missing_permission_is_not_disguised_as_something_a_retry_mends(client: Any):
    with Stubber(client) as stub, pytest.raises(ClientError):
        stub.add_client_error("put_item", "AccessDeniedException", http_status_code=400)
        DynamoLog(client, "Log", "Directory").append(ENTRY, ())


def test_the_holder_of_a_slot_is_told_by_the_failed_put_itself(client: Any):
    with Stubber(client) as stub:
        stub.add_client_error(
            "put_item", "ConditionalCheckFailedException", http_status_code=400,
            modeled_fields={"Item": items.entry_item(ENTRY)},
        )  # fmt: skip
        assert DynamoLog(client, "Log", "Directory").append(ENTRY, ()) == Occupied(ENTRY)


def test_a_holder_that_is_not_told_is_read(client: Any):
    with Stubber(client) as stub:
        stub.add_client_error("put_item", "ConditionalCheckFailedException", http_status_code=400)
        wanted = {"conversation": {"S": "dm:a:b"}, "seq": {"N": "2"}}
        strongly = {"TableName": "Log", "Key": wanted, "ConsistentRead": True}
        stub.add_response("get_item", {"Item": items.entry_item(ENTRY)}, strongly)
        assert DynamoLog(client, "Log", "Directory").append(ENTRY, ()) == Occupied(ENTRY)


def test_a_taken_slot_whose_holder_cannot_be_read_is_not_taken_for_stored(client: Any):
    with Stubber(client) as stub, pytest.raises(Unavailable):
        stub.add_client_error("put_item", "ConditionalCheckFailedException", http_status_code=400)
        stub.add_response("get_item", {})
        DynamoLog(client, "Log", "Directory").append(ENTRY, ())


def cancelled(*reasons: dict[str, Any]) -> dict[str, Any]:
    return {"CancellationReasons": list(reasons)}


@pytest.mark.parametrize("other", ["None", "TransactionConflict"])
def test_a_first_entry_that_lost_the_race_answers_the_winner(client: Any, other: str):
    with Stubber(client) as stub:
        stub.add_client_error(
            "transact_write_items", "TransactionCanceledException", http_status_code=400,
            modeled_fields=cancelled(
                {"Code": "ConditionalCheckFailed", "Item": items.entry_item(FIRST)}, {"Code": other}
            ),
        )  # fmt: skip
        assert DynamoLog(client, "Log", "Directory").append(FIRST, ("a", "b")) == Occupied(FIRST)


RACES = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]


def add_race(stub: Stubber, reason: str) -> None:
    stub.add_client_error(
        "transact_write_items", "TransactionCanceledException", http_status_code=400,
        modeled_fields=cancelled({"Code": "None"}, {"Code": reason}),
    )  # fmt: skip


@pytest.mark.parametrize("reason", RACES)
def test_a_first_entry_that_met_another_transaction_is_tried_again(client: Any, reason: str):
    with Stubber(client) as stub:
        add_race(stub, reason)
        stub.add_response("transact_write_items", {})
        assert DynamoLog(client, "Log", "Directory").append(FIRST, ("a", "b")) == STORED


@pytest.mark.parametrize("reason", RACES)
def test_a_first_entry_that_always_meets_another_transaction_may_be_sent_again_later(client: Any, reason: str):
    with Stubber(client) as stub, pytest.raises(Unavailable):
        for _ in range(log._ATTEMPTS):
            add_race(stub, reason)
        DynamoLog(client, "Log", "Directory").append(FIRST, ("a", "b"))


def test_pauses_between_attempts_lie_below_a_bound_that_doubles(client: Any, monkeypatch: pytest.MonkeyPatch):
    bounds: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        bounds.append((low, high))
        return low

    monkeypatch.setattr("parley.chat.aws.log.random.uniform", uniform)
    with Stubber(client) as stub:
        for _ in range(log._ATTEMPTS - 1):
            add_race(stub, RACES[0])
        stub.add_response("transact_write_items", {})
        assert DynamoLog(client, "Log", "Directory").append(FIRST, ("a", "b")) == STORED
    assert bounds == [(0, 2 * log._PAUSE), (0, 4 * log._PAUSE), (0, 8 * log._PAUSE)]


def test_a_first_entry_that_is_refused_for_another_reason_is_not_taken_for_a_lost_race(client: Any):
    with Stubber(client) as stub, pytest.raises(ClientError, match="TransactionCanceledException"):
        stub.add_client_error(
            "transact_write_items", "TransactionCanceledException", http_status_code=400,
            modeled_fields=cancelled({"Code": "None"}, {"Code": "ValidationError"}),
        )  # fmt: skip
        DynamoLog(client, "Log", "Directory").append(FIRST, ("a", "b"))


def summary(name: str) -> dict[str, Any]:
    return {
        **items.summary_key(name), "seq": {"N": "1"}, "count": {"N": "1"}, "at": {"N": "1"},
        "sender": {"S": "a"}, "preview": {"S": ""},
    }  # fmt: skip


def test_unprocessed_keys_are_asked_for_again_with_a_pause(client: Any, no_pauses: list[float]):
    rest = {"Directory": {"Keys": [items.summary_key("y")], "ConsistentRead": False}}
    with Stubber(client) as stub:
        stub.add_response(
            "batch_get_item",
            {"Responses": {"Directory": [summary("x")]}, "UnprocessedKeys": rest},
            {"RequestItems": ANY},
        )
        stub.add_response("batch_get_item", {"Responses": {"Directory": [summary("y")]}}, {"RequestItems": rest})
        found = DynamoDirectory(client, "Directory").find(summaries=["x", "y"])
    assert set(found.summaries) == {"x", "y"}
    assert len(no_pauses) == 1


def test_keys_that_stay_unprocessed_end_in_an_error_and_never_in_a_silent_gap(
    client: Any, no_pauses: list[float], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("parley.core.aws.batch.random.uniform", lambda low, high: high - low)
    rest = {"Directory": {"Keys": [items.summary_key("y")], "ConsistentRead": False}}
    with Stubber(client) as stub, pytest.raises(Unavailable):
        for _ in range(batch._ATTEMPTS):
            stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": rest})
        DynamoDirectory(client, "Directory").find(summaries=["y"])
    assert no_pauses == [batch._FIRST_PAUSE * 2**n for n in range(batch._ATTEMPTS - 1)]


def test_calls_side_by_side_all_end_before_an_error_is_raised():
    threads = Threads(2)
    ended: list[str] = []

    def fail() -> None:
        raise Unavailable("throttled")

    with pytest.raises(Unavailable):
        threads.both(lambda: ended.append("one"), fail)
    assert ended == ["one"]
    with pytest.raises(Unavailable):
        threads.each(lambda i: fail() if i == 0 else ended.append(str(i)), [0, 1, 2])
    assert set(ended) == {"one", "1", "2"}
