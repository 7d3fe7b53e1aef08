"""What makes boto3's clients fast changes nothing in what they return."""

import json
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, UnknownServiceError
from botocore.loaders import Loader

from parley.chat.aws import items
from parley.chat.entries import Body, MessageEntry
from parley.core.aws import clients, responses, sessions
from parley.delivery.aws import items as delivery_items
from parley.delivery.model import Connection
from tests.bench.wire import _Content

ENTRY = items.entry_item(MessageEntry("dm:a:b", 2, 2, "m2", "a", 1, Body('zwölf – 🎉 \u2028 "quoted"')))
REACH = {
    **delivery_items.recipient_key("a"),
    "role": {"S": "consumer"},
    "c:X=": delivery_items.connection_value(Connection("X=", "d", 1, 2)),
}
CAPACITY = {"TableName": "Log", "CapacityUnits": 0.5}
KEY = delivery_items.recipient_key("a")
CALLS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("query", {"TableName": "Log", "KeyConditionExpression": "a = :a"},
     {"Items": [ENTRY, REACH], "Count": 2, "ScannedCount": 2, "LastEvaluatedKey": KEY, "ConsumedCapacity": CAPACITY}),
    ("get_item", {"TableName": "Log", "Key": KEY}, {"Item": ENTRY, "ConsumedCapacity": CAPACITY}),
    ("get_item", {"TableName": "Log", "Key": KEY}, {}),
    ("batch_get_item", {"RequestItems": {"D": {"Keys": [KEY]}}},
     {"Responses": {"D": [REACH]}, "UnprocessedKeys": {"D": {"Keys": [KEY], "ConsistentRead": True}}}),
    ("put_item", {"TableName": "Log", "Item": ENTRY}, {}),
    ("update_item", {"TableName": "D", "Key": KEY}, {"Attributes": REACH}),
]  # fmt: skip


def answered(client: Any, body: Any, status: int = 200) -> list[Any]:
    """Answer this client's requests with ``body``. Returns the requests."""
    requests: list[Any] = []

    def reply(request: Any, **_: Any) -> AWSResponse:
        requests.append(request)
        headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "r1"}
        return AWSResponse("https://x", status, headers, _Content(json.dumps(body).encode()))

    client.meta.events.register("before-send.dynamodb", reply)
    return requests


@pytest.mark.parametrize(("operation", "arguments", "body"), CALLS)
def test_an_answer_is_what_botocore_would_have_made_of_it(operation: str, arguments: Any, body: Any):
    plain, ours = boto3.client("dynamodb"), clients.dynamodb()
    for client in (plain, ours):
        answered(client, body)
    assert getattr(ours, operation)(**arguments) == getattr(plain, operation)(**arguments)


def test_botocore_still_asks_its_handlers_before_it_parses(monkeypatch: pytest.MonkeyPatch):
    seen: list[bytes] = []
    take = responses._take

    def watch(**event: Any) -> None:
        take(**event)
        seen.append(event["response_dict"]["body"])

    monkeypatch.setattr(responses, "_take", watch)
    client = clients.dynamodb()
    answered(client, {"Item": ENTRY})
    client.get_item(TableName="Log", Key=KEY)
    assert seen == [b"{}"]


def test_an_error_is_botocores_own_with_the_item_that_it_carries():
    client = clients.dynamodb()
    body = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "m", "Item": ENTRY}
    answered(client, body, status=400)
    with pytest.raises(ClientError) as raised:
        client.put_item(TableName="Log", Item=ENTRY)
    assert raised.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert raised.value.response["Item"] == ENTRY  # type: ignore[typeddict-item]


@pytest.mark.parametrize("service", sessions.SERVICES)
@pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1", "paginators-1"])
def test_a_model_is_read_as_botocore_reads_it(service: str, kind: str):
    ours = sessions.session()._session.get_component("data_loader")
    assert ours.load_service_model(service, kind) == Loader().load_service_model(service, kind)


def test_botocore_takes_its_models_from_the_sessions_loader():
    with pytest.raises(UnknownServiceError):  # it exists, but not for our loader, which was therefore asked
        sessions.session().client("sqs")


def test_all_clients_are_made_from_one_session():
    made = [clients.dynamodb(), clients.connections_api("https://x/live"), clients.sns(), clients.cognito()]
    assert [c.meta.service_model.service_name for c in made] == [
        "dynamodb", "apigatewaymanagementapi", "sns", "cognito-idp",
    ]  # fmt: skip
    assert {c.meta.config.user_agent.split()[0] for c in made} == {"parley"}
