"""What an authorizer's answer means."""

import json
from typing import Any

import pytest

from infra.local.gateway.access.authorizing import Refused, authorize, judge
from infra.local.gateway.functions.invocation import Answer, Failure
from infra.local.gateway.websocket.deployed import Api, Authorizer

ARN = "arn:aws:execute-api:us-east-1:000000000000:abc/live/$connect"
API = Api("abc", "live", "us-east-1", "000000000000", "", {}, {"set": "x"}, {})


def answer(*statements: dict[str, Any], **more: Any) -> bytes:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return json.dumps({"principalId": "me", "policyDocument": policy, **more}).encode()


def statement(effect: str = "Allow", action: Any = "execute-api:Invoke", resource: Any = ARN) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    "allowing",
    [
        statement(),
        statement(action=["s3:GetObject", "execute-api:*"]),
        statement(action="execute-api:invoke"),
        statement(resource="*"),
        statement(resource=["arn:aws:sns:*", "arn:aws:execute-api:*:*:abc/*"]),
        statement(resource="arn:aws:execute-api:us-east-?:000000000000:abc/live/$connect"),
    ],
)
def test_a_policy_that_allows_the_route_lets_in(allowing: dict[str, Any]):
    assert judge(answer(allowing), ARN, 5) == {"principalId": "me", "integrationLatency": 5}


@pytest.mark.parametrize(
    "other",
    [statement(action="execute-api:ManageConnections"), statement(resource="arn:aws:execute-api:*:*:other/*")],
)
def test_one_that_does_not_mention_it_refuses(other: dict[str, Any]):
    assert judge(answer(other), ARN, 5) == Refused(403, "User is not authorized to access this resource")
    assert judge(answer(), ARN, 5) == Refused(403, "User is not authorized to access this resource")


def test_one_that_denies_it_refuses_whatever_else_it_allows():
    refused = judge(answer(statement(), statement("Deny", resource="*")), ARN, 5)
    assert refused == Refused(403, "User is not authorized to access this resource with an explicit deny")


def test_the_context_is_made_strings():
    context = {"text": "a", "number": 7, "half": 0.5, "yes": True, "no": False, "nothing": None}
    vouched = judge(answer(statement(), context=context), ARN, 5)
    expected = {"text": "a", "number": "7", "half": "0.5", "yes": "true", "no": "false", "nothing": ""}
    assert vouched == {"principalId": "me", "integrationLatency": 5, **expected}


@pytest.mark.parametrize(
    "payload",
    [
        b"null",
        b"[]",
        b"{}",
        b'{"principalId": "me"}',
        b'{"principalId": "me", "policyDocument": {"Statement": [{}]}}',
        answer(statement(), context={"deep": {}}),
        answer(statement(), context=["x"]),
        answer(statement(), context={"long": "x" * 8 * 1024}),
    ],
)
def test_what_is_no_answer_is_a_fault_of_the_authorizer(payload: bytes):
    assert judge(payload, ARN, 5) == Refused(500, "Internal server error")


def finished(coroutine: Any) -> Any:
    """Run a coroutine that waits for nothing, without an event loop, which would open a socket. Returns its result."""
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    return ended.value.value


class Told:
    """Replaces the functions: gives one answer, and knows whether it was asked for."""

    def __init__(self, told: Answer) -> None:
        self._told = told
        self.asked = False

    def invoke(self, arn: str, event: bytes) -> Any:
        self.asked = True

        async def tell() -> Answer:
            return self._told

        return tell()


EVENT = {"methodArn": ARN, "headers": {"Auth": "x", "Empty": ""}, "requestContext": {"stage": "live"}}


@pytest.mark.parametrize(
    ("source", "present"),
    [
        ("route.request.header.auth", True),
        ("route.request.header.Empty", False),
        ("route.request.querystring.token", False),
        ("stageVariables.set", True),
        ("stageVariables.unset", False),
        ("context.stage", True),
        ("context.unknown", False),
    ],
)
def test_an_identity_source_that_is_missing_refuses_without_asking(source: str, present: bool):
    told = Told(Answer(answer(statement())))
    outcome = finished(authorize(API, Authorizer("arn", (source,)), EVENT, told))
    assert told.asked == present
    assert isinstance(outcome, dict) if present else outcome == Refused(401, "Unauthorized")


@pytest.mark.parametrize(
    ("message", "refused"),
    [("Unauthorized", Refused(401, "Unauthorized")), ("boom", Refused(500, "Internal server error"))],
)
def test_an_error_is_one_of_two_kinds(message: str, refused: Refused):
    error = json.dumps({"errorType": "Exception", "errorMessage": message}).encode()
    told = Told(Answer(error, Failure.FUNCTION))
    assert finished(authorize(API, Authorizer("arn", ()), EVENT, told)) == refused
