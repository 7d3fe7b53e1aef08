"""Whether API Gateway may invoke a function."""

import json
from typing import Any

import pytest

from infra.local.gateway.access.iam import may_invoke

SOURCE = "arn:aws:execute-api:us-east-1:000000000000:abc/live/$default"


def policy(**changed: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "Condition": {"ArnLike": {"AWS:SourceArn": SOURCE}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changed}]})


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Condition": {}},
        {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:*:*:abc/*/*"}}},
        {"Condition": {"ArnLike": {"AWS:SourceArn": ["other", SOURCE]}}},
        {"Action": ["lambda:GetFunction", "lambda:*"]},
        {"Principal": "*"},
    ],
)
def test_it_may(changed: dict[str, Any]):
    assert may_invoke(policy(**changed), SOURCE)


@pytest.mark.parametrize(
    "changed",
    [
        {"Effect": "Deny"},
        {"Principal": {"Service": "cognito-idp.amazonaws.com"}},
        {"Principal": {"AWS": "*"}},
        {"Action": "lambda:GetFunction"},
        {"Condition": {"ArnLike": {"AWS:SourceArn": SOURCE.replace("$default", "$connect")}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}}},
    ],
)
def test_it_may_not(changed: dict[str, Any]):
    assert not may_invoke(policy(**changed), SOURCE)
