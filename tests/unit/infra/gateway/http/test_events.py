"""HTTP events against genuine ones (``tests.rest.asking``), key by key; and what functions return for them."""

import base64
import json
from typing import Any

import pytest

from infra.local.gateway.http import events as http_events
from infra.local.gateway.http.deployed import Stage
from infra.local.gateway.http.events import Asked, Malformed
from tests.rest import asking as genuine
from tests.unit.infra.gateway.websocket.test_events import same

STAGE = Stage("a1b2c3d4e5", "$default", "us-east-1", "123456789012", {}, {}, {}, None)
ADDED = {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
MADE_ANEW = ("requestId", "time", "timeEpoch")


def asked(method: str = "GET", path: str = "/", query: str = "", body: bytes = b"", **headers: str) -> Asked:
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Asked(method, path, query, given, body, "203.0.113.7")


def made(request: Asked, stage: Stage = STAGE, **more: Any) -> dict[str, Any]:
    path = http_events.decoded(request.raw_path)
    return http_events.event(stage, "$default", request, path, more.pop("variables", {}), more.pop("authorizer", None))


def test_an_event_is_as_on_aws():
    theirs = genuine.http("PATCH", "/me", {"name": "Al"}, query={"a": "1"})
    authorizer = theirs["requestContext"]["authorizer"]
    request = asked(
        "PATCH", "/me", "a=1", b'{"name": "Al"}',
        Accept="*/*", Authorization="Bearer token", Content_Type="application/json", Host="127.0.0.1:4567",
        User_Agent="Parley/1.0 (iPhone)",
    )  # fmt: skip
    ours = made(request, authorizer=authorizer)
    assert set(ours["headers"]) - set(theirs["headers"]) == ADDED | {"user-agent"}
    ours["headers"] = {name: ours["headers"][name] for name in theirs["headers"]}
    for name in MADE_ANEW:
        assert type(ours["requestContext"].pop(name)) is type(theirs["requestContext"].pop(name))
    same(ours, theirs)


def test_what_is_not_there_has_no_key():
    bare = made(asked())
    assert not {"queryStringParameters", "pathParameters", "stageVariables", "cookies", "body"} & set(bare)
    assert "authorizer" not in bare["requestContext"]


def test_what_comes_twice_is_joined():
    twice = asked(query="q=1&q=a%20b&empty=")._replace(headers=(("X-One", "a"), ("x-one", "b"), ("Cookie", "c=1; d=2")))
    event = made(twice)
    assert event["headers"]["x-one"] == "a,b"
    assert event["queryStringParameters"] == {"q": "1,a b", "empty": ""}
    assert event["rawQueryString"] == "q=1&q=a%20b&empty="
    assert (event["cookies"], "cookie" in event["headers"]) == (["c=1", "d=2"], False)


@pytest.mark.parametrize(
    ("raw", "decoded"), [("/a%20b", "/a b"), ("/%2e%2e/x", "/../x"), ("/a%252Eb", "/a%252Eb"), ("/%C3%A9", "/é")]
)
def test_a_path_is_decoded_but_for_a_per_cent_sign(raw: str, decoded: str):
    event = made(asked(path=raw))
    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == (decoded, decoded)


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "text/plain", "application/xml"]
)
def test_a_text_is_a_string(kind: str):
    event = made(asked("POST", body="é".encode(), Content_Type=kind))
    assert (event["body"], event["isBase64Encoded"]) == ("é", False)


@pytest.mark.parametrize("kind", ["", "image/png", "application/x-www-form-urlencoded"])
def test_whatever_else_is_base64(kind: str):
    event = made(asked("POST", body=b"\xff\x00", **({"Content_Type": kind} if kind else {})))
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\xff\x00", True)


def test_another_stage_is_in_the_path():
    event = made(asked(path="/me"), STAGE._replace(name="test", variables={"colour": "blue"}), variables={"id": "7"})
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/test/me", "test")
    assert (event["stageVariables"], event["pathParameters"]) == ({"colour": "blue"}, {"id": "7"})


def returned(value: Any) -> http_events.Answer:
    return http_events.answer(json.dumps(value).encode())


def test_a_response_has_headers_cookies_and_a_body():
    answer = returned(
        {"statusCode": 201, "headers": {"ETag": '"1"', "X-N": 3}, "cookies": ["a=1", "b=2"], "body": "{}"}
        | {"isBase64Encoded": False}
    )
    assert answer.status == 201
    assert answer.headers[:2] == (("ETag", '"1"'), ("X-N", "3"))
    assert [h for h in answer.headers if h[0] == "set-cookie"] == [("set-cookie", "a=1"), ("set-cookie", "b=2")]
    assert answer.body == b"{}"


@pytest.mark.parametrize(
    "name", ["Content-Length", "transfer-encoding", "Connection", "keep-alive", "Upgrade", "TE", "date"]
)
def test_what_the_gateway_says_itself_is_not_taken_from_the_function(name: str):
    assert returned({"statusCode": 200, "headers": {name: "1", "ETag": '"1"'}}).headers == (("ETag", '"1"'),)


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_that_has_no_body_gets_none(status: int):
    assert returned({"statusCode": status, "body": "x"}) == (status, (), b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"x-a": "a\r\nx-b: c"},
        {"x-a": "\x00"},
        {"x-a": "\ud800"},
        {"bad name": "1"},
        {"": "1"},
        {"x-a:": "1"},
        {"é": "1"},
    ],
)
def test_what_is_no_header_is_malformed(headers: dict[str, str]):
    with pytest.raises(Malformed):
        returned({"statusCode": 200, "headers": headers})


def test_nor_may_a_cookie_be_more_than_one():
    with pytest.raises(Malformed):
        returned({"statusCode": 200, "cookies": ["a=1\r\nx-b: c"]})


def test_a_header_may_have_tabs_and_letters_of_any_language():
    assert returned({"statusCode": 200, "headers": {"x-a": "a\té"}}).headers == (("x-a", "a\té"),)


def test_a_binary_body_is_decoded():
    body = base64.b64encode(b"\xff").decode()
    assert returned({"statusCode": 200, "body": body, "isBase64Encoded": True}).body == b"\xff"


@pytest.mark.parametrize(("value", "body"), [({"a": 1}, b'{"a": 1}'), ("hello", b"hello"), (None, b"null")])
def test_without_a_status_it_is_the_body(value: Any, body: bytes):
    answer = returned(value)
    assert (answer.status, answer.headers, answer.body) == (200, (("content-type", "application/json"),), body)


@pytest.mark.parametrize(
    "value",
    [{"statusCode": "x"}, {"statusCode": 200, "body": "x", "isBase64Encoded": True}, {"statusCode": None},
     {"statusCode": 999}, {"statusCode": 600}, {"statusCode": 199}, {"statusCode": 100}, {"statusCode": float("inf")},
     {"statusCode": 200, "headers": []}],
)  # fmt: skip
def test_what_is_no_response_is_malformed(value: Any):
    with pytest.raises(Malformed):
        returned({**value, **({"headers": ["x"]} if value.get("headers") == [] else {})})
