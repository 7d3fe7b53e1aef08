"""What holds for every route: who may ask, what is refused, and what a failure reveals."""

import base64
import io
import json

import msgspec
import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from parley.accounts.model import Profile
from parley.core.budget import Budget
from parley.runtime import dependencies
from rest import app
from tests.rest.asking import Client, http
from tests.unit.chat.world import World


def test_whose_token_names_no_role_is_a_consumer(client: Client):
    answer = client.ask("alice", "GET /me", groups="")
    assert (answer.status, answer.body["role"]) == (200, "consumer")


@pytest.mark.parametrize("claims", [{"token_use": "id"}, {"sub": ""}, {"sub": "a#b"}])
def test_another_kind_of_token_is_refused(deps: dependencies.Rest, claims: dict[str, str]):
    answer = app.respond(http("GET", "/me", **claims), app.application(deps, lambda: 0), deps, None)
    assert answer["statusCode"] == 401


@pytest.mark.parametrize("groups", [["consumer"], "[consumer]", "[consumer provider]", "[a, consumer]"])
def test_groups_come_as_a_list_or_as_text(deps: dependencies.Rest, groups: object):
    event = http("GET", "/me", **{"cognito:groups": groups})
    assert app.respond(event, app.application(deps, lambda: 0), deps, None)["statusCode"] == 200


@pytest.mark.parametrize("request_", ["GET /", "GET /mes", "POST /me", "DELETE /users/bob", "GET /me/../users/bob"])
def test_what_there_is_not_is_not_found(client: Client, request_: str):
    answer = client.ask("alice", request_)
    assert (answer.status, answer.body["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "kind",
    ["text/xml", "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x", "",
     "application/jsonp"],
)  # fmt: skip
def test_other_than_json_is_unsupported(client: Client, kind: str):
    answer = client.ask("alice", "PATCH /me", "name=x", headers={"content-type": kind})
    assert (answer.status, answer.body["code"]) == (415, "unsupported")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_json_whatever_its_parameters(client: Client, kind: str):
    assert client.ask("alice", "PATCH /me", {"about": "x"}, headers={"content-type": kind}).status == 200


def test_a_body_without_a_type_is_taken_for_json(client: Client, deps: dependencies.Rest):
    event = http("PATCH", "/me", base64.b64encode(b'{"about": "x"}').decode())
    del event["headers"]["content-type"]
    answer = app.respond({**event, "isBase64Encoded": True}, app.application(deps, lambda: 0), deps, None)
    assert answer["statusCode"] == 200


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b'{"about": "\xff"}'])
def test_a_body_that_is_no_text_is_refused(deps: dependencies.Rest, body: bytes):
    event = http("PATCH", "/me", base64.b64encode(body).decode())
    del event["headers"]["content-type"]
    answer = app.respond({**event, "isBase64Encoded": True}, app.application(deps, lambda: 0), deps, None)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "bad_request")


def test_however_much_is_wrong_the_answer_is_short(client: Client, deps: dependencies.Rest):
    wrong = [{"loc": ("body", "x" * 1_000), "msg": "y" * 1_000} for _ in range(1_000)]

    def refusing(user: str) -> Profile:
        raise RequestValidationError(wrong)

    deps.profiles.profiles.profile = refusing
    answer = client.ask("alice", "GET /me")
    assert (answer.status, answer.body["code"], len(answer.body["errors"])) == (400, "bad_request", 20)
    assert len(json.dumps(answer.body)) < 10_000


def test_a_failure_nobody_foresaw_tells_the_operator_and_not_the_client(
    client: Client, deps: dependencies.Rest, logged: io.StringIO
):
    def lacking(user: str) -> Profile:
        raise KeyError(f"the secret of {user}")

    deps.profiles.profiles.profile = lacking
    answer = client.ask("alice", "GET /me")
    assert (answer.status, answer.body["code"], answer.headers["Retry-After"]) == (503, "unavailable", "1")
    assert "KeyError" not in str(answer.body)
    assert "secret of alice" not in str(answer.body) + logged.getvalue()
    assert "KeyError" in logged.getvalue()


def test_a_user_has_a_budget_for_everything_and_others_are_not_touched_by_it(
    client: Client, deps: dependencies.Rest, world: World
):
    limited = Client(msgspec.structs.replace(deps, budget=Budget(burst=9, per_second=2)), lambda: world.now)
    assert [limited.ask("alice", "PATCH /me", {"about": str(n)}).status for n in range(2)] == [200, 200]
    assert limited.ask("alice", "GET /me").status == 200
    answer = limited.ask("alice", "PATCH /me", {"about": "one more"})
    assert (answer.status, answer.body["code"], answer.body["retryable"]) == (429, "rate_limited", True)
    assert (answer.headers["Retry-After"], answer.headers["Content-Type"]) == ("2", "application/problem+json")
    assert limited.ask("bob", "GET /me").status == 200
    assert client.ask("alice", "GET /me").body["about"] == "1"


def test_a_preflight_is_answered_without_a_caller(deps: dependencies.Rest):
    event = http("OPTIONS", "/me")
    del event["requestContext"]["authorizer"]
    assert app.respond(event, app.application(deps, lambda: 0), deps, None) == {"statusCode": 204}


@pytest.mark.parametrize("headers", [{}, {"x-parley-origin": ""}, {"x-parley-origin": "anothers"}])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_behind_a_firewall_what_comes_another_way_is_refused(
    deps: dependencies.Rest, method: str, headers: dict[str, str]
):
    behind = msgspec.structs.replace(deps, origin_secret="ours")
    event = http(method, "/me", headers=headers)
    answer = app.respond(event, app.application(behind, lambda: 0), behind, None)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (403, "forbidden")


def test_behind_a_firewall_what_comes_through_it_is_answered(deps: dependencies.Rest):
    behind = msgspec.structs.replace(deps, origin_secret="ours")
    event = http("GET", "/me", headers={"x-parley-origin": "ours"})
    assert app.respond(event, app.application(behind, lambda: 0), behind, None)["statusCode"] == 200
