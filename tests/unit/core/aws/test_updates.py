"""Conditional updates: a condition that fails is a value."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from parley.core.aws.updates import ConditionalUpdates
from parley.core.writes import STORED, Occupied

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}


@pytest.mark.parametrize("current", [{**KEY, "seq": {"N": "1"}}, None])
def test_an_update_whose_condition_fails_returns_what_is_there(current: dict[str, Any] | None):
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error(
            "update_item", "ConditionalCheckFailedException", http_status_code=400,
            modeled_fields={"Item": current} if current else {},
            expected_params={"TableName": "T", "Key": KEY, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
        )  # fmt: skip
        assert ConditionalUpdates(client, "T").conditionally(Key=KEY) == Occupied(current or {})


def test_an_update_that_is_stored_says_so_and_one_that_is_refused_is_raised():
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_response("update_item", {})
        stub.add_client_error("update_item", "ValidationException", http_status_code=400)
        updates = ConditionalUpdates(client, "T")
        assert updates.conditionally(Key=KEY) == STORED
        with pytest.raises(ClientError, match="ValidationException"):
            updates.conditionally(Key=KEY)
