"""The gateway's events against genuine ones (``tests.handlers.events``), key by key."""

import re
from typing import Any

import pytest

from infra.local.gateway.websocket import events
from infra.local.gateway.websocket.deployed import Api
from infra.local.gateway.websocket.events import Caller
from tests.handlers import events as genuine

API = Api("a1b2c3d4e5", "live", "us-east-1", "123456789012", "", {}, {}, {})
CALLER = Caller(genuine.CONNECTION, "203.0.113.7", "Parley/1.0 (iPhone)", 1795417200000)
HEADERS = [
    ("host", "127.0.0.1:4567"),
    ("upgrade", "websocket"),
    ("connection", "Upgrade"),
    ("sec-websocket-extensions", "permessage-deflate; client_max_window_bits"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("sec-websocket-version", "13"),
    ("sec-websocket-protocol", "parley.v1"),
]
MADE_ANEW = {"requestId", "extendedRequestId", "messageId", "requestTime", "requestTimeEpoch", "X-Amzn-Trace-Id"}


def same(ours: Any, theirs: Any, key: str = "") -> None:
    """Check that all keys are the same at every level, and all values except those that are new each time."""
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs), key
        for name in theirs:
            same(ours[name], theirs[name], name)
    elif key in MADE_ANEW:
        assert type(ours) is type(theirs), key
    else:
        assert ours == theirs, key


def base(route: str, kind: str, *, authorized: bool = True) -> dict[str, Any]:
    return events.context(API, CALLER, route, kind, events.new_id(), genuine.vouched() if authorized else None)


def test_the_authorizers():
    shaken = events.handshake(API, HEADERS, "device=phone", "203.0.113.7")
    ours = events.authorization(API, base("$connect", "CONNECT", authorized=False), shaken)
    same(ours, genuine.upgrade("parley.v1", query={"device": "phone"}))


def test_connects():
    shaken = events.handshake(API, HEADERS, "", "203.0.113.7")
    same(events.connected(base("$connect", "CONNECT"), shaken), genuine.connected())


def test_a_messages():
    same(events.message(base("$default", "MESSAGE"), '{"a":1}', {}), genuine.frame('{"a":1}'))


def test_disconnects():
    ours = events.disconnected(API, base("$disconnect", "DISCONNECT"), 1001, "Going away")
    theirs = genuine.disconnected()
    same(ours["requestContext"], theirs["requestContext"])
    assert ours["headers"]["Host"] == theirs["headers"]["Host"]
    assert not ours["isBase64Encoded"]


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (1000, "", "Connection Closed Normally"),
        (1000, "bye", "bye"),
        (1005, "", "Client-side close frame status not set"),
        (4000, "", ""),
    ],
)
def test_a_reason_that_nobody_gave_is_api_gateways(code: int, reason: str, expected: str):
    assert events.disconnected(API, {}, code, reason)["requestContext"]["disconnectReason"] == expected


def test_ids_have_the_genuine_form():
    made = {events.new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{15}=", one) for one in [*made, genuine.CONNECTION])


def test_times_have_the_genuine_form():
    made, given = (e["requestTime"] for e in (base("$default", "MESSAGE"), genuine.frame({})["requestContext"]))
    form = r"\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000"
    assert re.fullmatch(form, made)
    assert re.fullmatch(form, given)


def test_what_comes_twice_is_last_in_one_and_whole_in_the_other():
    shaken = events.handshake(API, [("x-one", "a"), ("x-one", "b")], "q=1&q=2&empty=", "203.0.113.7")
    assert shaken["headers"]["X-One"] == "b"
    assert shaken["multiValueHeaders"]["X-One"] == ["a", "b"]
    assert shaken["queryStringParameters"] == {"q": "2", "empty": ""}
    assert shaken["multiValueQueryStringParameters"] == {"q": ["1", "2"], "empty": [""]}


def test_stage_variables_are_there_where_there_are_any():
    api = API._replace(variables={"colour": "blue"})
    assert events.handshake(api, [], "", "")["stageVariables"] == {"colour": "blue"}
    assert events.message({}, "", api.variables)["stageVariables"] == {"colour": "blue"}
    assert "stageVariables" not in events.handshake(API, [], "", "")
