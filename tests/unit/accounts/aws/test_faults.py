"""DynamoDB's bad days for accounts: throttles, and transactions that meet another."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from parley.accounts.aws import items
from parley.accounts.aws.accounts import DynamoAccounts, DynamoExports
from parley.accounts.aws.conversations import DynamoConversations
from parley.accounts.aws.profiles import DynamoProfiles
from parley.accounts.aws.user_data import DynamoData
from parley.accounts.model import DataIndex, Datum, DeletionRequest, Export, Profile
from parley.core.aws.threads import Threads
from parley.core.errors import Unavailable
from parley.core.writes import Occupied

ROWS = [{"pk": {"S": "U#ben"}, "sk": {"S": name}} for name in ("PROFILE", "REACH")]
ENTRIES = [{"conversation": {"S": "dm:a:b"}, "seq": {"N": str(n)}} for n in (1, 2)]


@pytest.fixture
def client() -> Any:
    return boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))


def deletes(keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"DeleteRequest": {"Key": key}} for key in keys]


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_user_of_whom_nothing_could_be_erased_is_erased_later_and_not_in_a_loop(client: Any, left: int):
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": ROWS}, None)
        stub.add_response(
            "batch_write_item",
            {"UnprocessedItems": {"Directory": deletes(ROWS[:left])} if left else {}},
            {"RequestItems": {"Directory": deletes(ROWS)}},
        )
        accounts = DynamoAccounts(client, "Directory")
        if left == len(ROWS):
            with pytest.raises(Unavailable):
                accounts.erase("ben")
        else:
            assert accounts.erase("ben")


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_conversation_of_which_nothing_could_be_erased_is_erased_later_and_not_in_a_loop(client: Any, left: int):
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": ENTRIES}, None)
        stub.add_response(
            "batch_write_item",
            {"UnprocessedItems": {"Log": deletes(ENTRIES[:left])} if left else {}},
            {"RequestItems": {"Log": deletes(ENTRIES)}},
        )
        conversations = DynamoConversations(client, "Log", "Directory")
        if left == len(ENTRIES):
            with pytest.raises(Unavailable):
                conversations.erase("dm:a:b")
        else:
            assert conversations.erase("dm:a:b")


@pytest.mark.parametrize("more", [False, True])
def test_a_page_of_nothing_but_the_request_itself_is_the_last_only_where_nothing_follows(client: Any, *, more: bool):
    row = items.leaving_key("ben")
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": [row], **({"LastEvaluatedKey": row} if more else {})}, None)
        assert DynamoAccounts(client, "Directory").erase("ben") is more


def refused(stub: Stubber, *reasons: str) -> None:
    stub.add_client_error(
        "transact_write_items", "TransactionCanceledException", http_status_code=400,
        modeled_fields={"CancellationReasons": [{"Code": r} for r in reasons]},
    )  # fmt: skip


@pytest.mark.parametrize(
    "reasons", [("TransactionConflict", "None"), ("None", "TransactionConflict"), ("ConditionalCheckFailed", "None")]
)
def test_user_data_that_met_another_change_are_read_again_strongly(client: Any, reasons: tuple[str, ...]):
    there = DataIndex(version=4, kept={"k": 4})
    with Stubber(client) as stub:
        refused(stub, *reasons)
        strongly = {"TableName": "Directory", "Key": items.index_key("ben"), "ConsistentRead": True}
        stub.add_response("get_item", {"Item": items.index_item("ben", there)}, strongly)
        data = DynamoData(client, "Directory", Threads(1))
        assert data.store("ben", DataIndex(version=4, kept={"k": 4}), Datum("k", 4, "1")) == Occupied(there)


def test_user_data_that_were_throttled_may_be_changed_later(client: Any):
    with Stubber(client) as stub, pytest.raises(Unavailable):
        refused(stub, "ThrottlingError", "None")
        DynamoData(client, "Directory", Threads(1)).store("ben", DataIndex(version=2), Datum("k", 2, "1"))


def test_what_is_read_for_a_decision_is_read_strongly(client: Any):
    with Stubber(client) as stub:
        for key in (items.leaving_key("ben"), items.index_key("ben")):
            stub.add_response("get_item", {}, {"TableName": "Directory", "Key": key, "ConsistentRead": True})
        stub.add_response("query", {"Items": []}, ANY_STRONG)
        stub.add_response("query", {"Items": []}, {k: v for k, v in ANY_STRONG.items() if k != "ProjectionExpression"})
        assert DynamoAccounts(client, "Directory").leaving("ben") is None
        assert DynamoData(client, "Directory", Threads(1)).index("ben") == DataIndex()
        assert not DynamoAccounts(client, "Directory").erase("ben")
        assert DynamoAccounts(client, "Directory").due(1, None, 5) == []


ANY_STRONG = {
    "TableName": "Directory", "KeyConditionExpression": ANY, "ExpressionAttributeValues": ANY,
    "ProjectionExpression": ANY, "ConsistentRead": True, "Limit": ANY,
}  # fmt: skip


@pytest.mark.parametrize("write", ["leave", "move", "first archive", "another archive"])
def test_a_missing_permission_is_not_taken_for_a_condition_that_failed(client: Any, write: str):
    request, export = DeletionRequest("ben", "ben", asked=1, due=2), Export("ben", "e1", 1)
    accounts, exports = DynamoAccounts(client, "Directory"), DynamoExports(client, "Directory")
    writes: dict[str, Callable[[], object]] = {
        "leave": lambda: accounts.leave(request),
        "move": lambda: accounts.move(request, None),
        "first archive": lambda: exports.replace(None, export),
        "another archive": lambda: exports.replace(export, export),
    }
    call = "put_item" if write == "another archive" else "transact_write_items"
    with Stubber(client) as stub, pytest.raises(ClientError):
        stub.add_client_error(call, "AccessDeniedException", http_status_code=400)
        writes[write]()


@pytest.mark.parametrize("version", [1, 2])
def test_a_profile_names_no_value_that_its_condition_does_not_use(
    client: Any, monkeypatch: pytest.MonkeyPatch, version: int
):
    """DynamoDB refuses a value that no expression uses, which the embedded one does not."""
    sent: list[Any] = []
    monkeypatch.setattr(client, "transact_write_items", lambda **request: sent.append(request))
    DynamoProfiles(client, "Directory", Threads(1)).store(Profile("ben", "consumer", version))
    put = sent[0]["TransactItems"][0]["Put"]
    assert (":before" in put["ConditionExpression"]) == ("ExpressionAttributeValues" in put) == (version == 2)
