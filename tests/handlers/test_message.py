"""The message function: every frame gets one coded answer, the socket stays open, and nothing leaks."""

import io
import json
from typing import Any

import pytest

from parley.chat import fields, send
from parley.core.errors import Unavailable
from parley.delivery import fanout
from parley.runtime import dependencies
from realtime.message import message
from tests.handlers import events
from tests.handlers.conftest import replace
from tests.unit.chat.world import DM, World

HELLO = {"action": "send", "id": "m1", "after": 0, "to": "bob", "body": {"text": "hello"}}


def ask(deps: dependencies.Message, body: Any, now: int = 1_000_000, **who: str) -> dict[str, Any]:
    response = message(events.frame(body, **who), deps, now)
    assert response["statusCode"] == 200
    return json.loads(response["body"]) if "body" in response else {}


def test_send_is_acked_on_the_same_socket(deps: dependencies.Message):
    assert ask(deps, HELLO) == {
        "type": "ack", "id": "m1", "conversation": DM, "seq": 1, "count": 1, "at": 1_000_000,
    }  # fmt: skip


def test_each_command_has_its_answer(deps: dependencies.Message):
    ask(deps, HELLO)
    synced = ask(deps, {"action": "sync", "id": "s", "since": {}}, user="bob", role="provider")
    assert (synced["type"], len(synced["entries"]), synced["more"]) == ("synced", 1, False)
    assert synced["generation"] == deps.generation
    assert ask(deps, {"action": "typing", "id": "t", "conversation": DM}) == {}
    present = ask(deps, {"action": "presence", "id": "p", "users": ["bob"]})
    assert present == {"type": "presence", "id": "p", "users": {"bob": {"online": False, "seen": None}}}


def test_a_mark_moves_the_marks_and_has_no_answer(deps: dependencies.Message):
    ask(deps, HELLO)
    frame = {"action": "mark", "id": "k", "conversation": DM, "read": 1}
    assert message(events.frame(frame, user="bob", role="provider"), deps, 1_000_000) == {"statusCode": 200}
    synced = ask(deps, {"action": "sync", "id": "s", "since": {DM: 1}}, user="bob", role="provider")
    [own] = [m for m in synced["marks"] if m["user"] == "bob"]
    assert (own["delivered"], own["read"]) == (1, 1)


def test_a_refused_mark_is_told_by_an_error_with_its_id(deps: dependencies.Message):
    ask(deps, HELLO)
    refused = ask(deps, {"action": "mark", "id": "k", "conversation": DM, "read": 2}, user="bob", role="provider")
    assert (refused["type"], refused["id"], refused["code"]) == ("error", "k", "bad_request")


def with_body(**changes: Any) -> dict[str, Any]:
    return {**HELLO, **changes}


BAD = {
    "not JSON": ("{", None),
    "empty": ("", None),
    "a JSON list": ([HELLO], None),
    "a JSON string": ('"send"', None),
    "nested too deeply": ("[" * 20_000, None),
    "unknown action": (with_body(action="shout"), "m1"),
    "no action": ({"id": "m1"}, "m1"),
    "a number for an action": (with_body(action=7), "m1"),
    "extra field": (with_body(priority=1), "m1"),
    "extra field in the body": (with_body(body={"text": "x", "html": "y"}), "m1"),
    "media, which is not there yet": (with_body(body={"text": "x", "media": "id"}), "m1"),
    "no id": ({k: v for k, v in HELLO.items() if k != "id"}, None),
    "no after": ({k: v for k, v in HELLO.items() if k != "after"}, "m1"),
    "no body": ({k: v for k, v in HELLO.items() if k != "body"}, "m1"),
    "text is a number": (with_body(body={"text": 5}), "m1"),
    "text is null": (with_body(body={"text": None}), "m1"),
    "body is text": (with_body(body="hello"), "m1"),
    "after is text": (with_body(after="0"), "m1"),
    "after is negative": (with_body(after=-1), "m1"),
    "after is a fraction": (with_body(after=0.5), "m1"),
    "after is true": (with_body(after=True), "m1"),
    "after is beyond what JSON keeps exact": (with_body(after=2**53), "m1"),
    "empty text": (with_body(body={"text": ""}), "m1"),
    "8,001 characters": (with_body(body={"text": "x" * 8_001}), "m1"),
    "control character in the id": (with_body(id="m\u00001"), None),
    "newline at the id's end": (with_body(id="m1\n"), None),
    "empty id": (with_body(id=""), None),
    "65-character id": (with_body(id="x" * 65), None),
    "id is a number": (with_body(id=1), None),
    "control character in the user": (with_body(to="bob\u0007"), "m1"),
    "both to and conversation": (with_body(conversation=DM), "m1"),
    "neither to nor conversation": ({k: v for k, v in HELLO.items() if k != "to"}, "m1"),
    "a conversation that is not one": ({**{k: v for k, v in HELLO.items() if k != "to"}, "conversation": "x"}, "m1"),
    "to oneself": (with_body(to="alice"), "m1"),
    "a lone surrogate, escaped": ('{"action":"send","id":"m1","after":0,"to":"bob","body":{"text":"\\ud800"}}', None),
    "a lone surrogate, raw": ('{"action":"send","id":"m1","after":0,"to":"bob","body":{"text":"\ud800"}}', None),
    "a mark of nothing": ({"action": "mark", "id": "m1", "conversation": DM}, "m1"),
    "presence of nobody": ({"action": "presence", "id": "m1", "users": []}, "m1"),
    "presence of 101": ({"action": "presence", "id": "m1", "users": [f"u{i}" for i in range(101)]}, "m1"),
    "a forged cursor": ({"action": "sync", "id": "m1", "since": {}, "cursor": "x"}, "m1"),
}


@pytest.mark.parametrize(("body", "addressed"), BAD.values(), ids=BAD.keys())
def test_a_bad_frame_gets_a_coded_error_and_stores_nothing(
    deps: dependencies.Message, world: World, body: Any, addressed: str | None
):
    answer = ask(deps, body)
    assert (answer["type"], answer["code"], answer["retryable"]) == ("error", "bad_request", False)
    assert answer.get("id") == addressed
    assert answer["message"]
    assert world.entries.entries == {}


@pytest.mark.parametrize("size", [fields.FRAME_LIMIT + 1, 100_000])
def test_a_frame_over_32_kb_is_too_large(deps: dependencies.Message, size: int):
    text = json.dumps(with_body(body={"text": "\u00fc" * 100})) + " " * size
    answer = ask(deps, text)
    assert answer["code"] == "too_large"


def test_binary_is_refused(deps: dependencies.Message):
    event = events.frame("AAEC") | {"isBase64Encoded": True}
    assert json.loads(message(event, deps, 1_000_000)["body"])["code"] == "bad_request"


TEXTS = {
    "zero bytes": "a\x00b\x00",
    "right-to-left": "\u202eשלום עולם\u202c",
    "combining and emoji": "e\u0301 👩‍👩‍👧‍👦 🇩🇪",
    "control characters": "\x01\x07\x1b[31m\x7f\u2028\u2029",
    "8,000 characters": "x" * 8_000,
    "8,000 emoji, 32,000 bytes": "😀" * 8_000,
    "JSON in a text": '{"action":"send"}\\"',
    "a byte order mark, and a noncharacter": "\ufeffx\uffff",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_is_stored_and_returned_as_it_was_sent(deps: dependencies.Message, world: World, text: str):
    body = json.dumps(with_body(body={"text": text}), ensure_ascii=False)
    assert ask(deps, body)["type"] == "ack"
    assert world.entries.entries[DM][0].body.text == text
    synced = ask(deps, {"action": "sync", "id": "s", "since": {}}, user="bob", role="provider")
    assert synced["entries"][0]["body"]["text"] == text


REFUSED = {
    "an unknown user": (with_body(to="nobody"), "not_found"),
    "consumer to consumer": (with_body(to="carol"), "forbidden"),
    "somebody else's conversation": (
        {"action": "send", "id": "m1", "after": 0, "conversation": "dm:bob:carol", "body": {"text": "x"}}, "forbidden",
    ),
    "typing in somebody else's": ({"action": "typing", "id": "m1", "conversation": "dm:bob:carol"}, "forbidden"),
    "marking in somebody else's": (
        {"action": "mark", "id": "m1", "conversation": "dm:bob:carol", "read": 1}, "forbidden",
    ),
    "a group, which is not there yet": (
        {"action": "typing", "id": "m1", "conversation": "g:01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "not_found",
    ),
    "after ahead": (with_body(after=5), "conflict"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_allowed_is_refused_by_its_code(deps: dependencies.Message, world: World, body: Any, code: str):
    world.stored.upsert_user("carol", "consumer", "")
    answer = ask(deps, body)
    assert (answer["type"], answer["code"], answer["id"]) == ("error", code, "m1")
    assert world.entries.entries == {}


def test_a_conflict_carries_the_tail(deps: dependencies.Message, world: World):
    world.fill(send.SPAN + 1)
    answer = ask(deps, HELLO)
    assert (answer["code"], answer["tail"], answer["retryable"]) == ("conflict", send.SPAN + 1, False)


def test_flood_control_says_when_to_come_back(deps: dependencies.Message):
    for i in range(8):
        ask(deps, with_body(id=f"m{i}", after=i))
    answer = ask(deps, with_body(id="m8", after=8))
    assert (answer["code"], answer["retryable"], answer["retry_after"]) == ("rate_limited", True, 4.0)


def test_a_token_that_expires_while_the_socket_lives_is_refused_without_a_call(
    deps: dependencies.Message, world: World
):
    class Untouchable:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was called")

    nothing = Untouchable()
    closed = replace(deps, log=nothing, log_snapshots=nothing, snapshots=nothing, connections=nothing)
    answer = ask(closed, HELLO, now=1_000_000, expires="1000000")
    assert (answer["code"], answer["id"], answer["retryable"]) == ("token_expired", "m1", True)


def test_an_error_nobody_foresaw_is_answered_and_leaks_nothing(deps: dependencies.Message, logged: io.StringIO):
    secret = "what a user wrote"

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(secret)

    answer = ask(replace(deps, log_snapshots=Broken()), HELLO)
    assert (answer["code"], answer["id"], answer["retryable"]) == ("unavailable", "m1", True)
    assert secret not in answer["message"]
    assert "RuntimeError" in logged.getvalue()
    assert secret not in logged.getvalue()


def test_a_throttled_table_is_told_and_stores_nothing(deps: dependencies.Message, world: World):
    def throttled(*_: object, **__: object) -> Any:
        raise Unavailable("the service is busy", retry_after=1.0)

    original = world.entries.append
    world.entries.append = throttled
    answer = ask(deps, HELLO)
    assert (answer["code"], answer["id"], answer["retryable"], answer["retry_after"]) == (
        "unavailable",
        "m1",
        True,
        1.0,
    )
    assert world.entries.entries == {}
    world.entries.append = original
    assert ask(deps, HELLO)["seq"] == 1


def test_a_very_long_wrong_value_is_not_sent_back_whole(deps: dependencies.Message):
    assert len(ask(deps, with_body(action="x" * 20_000))["message"]) < 300


def test_lines_correlate_and_hold_neither_token_nor_text(
    deps: dependencies.Message, logged: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    ask(deps, with_body(body={"text": "the-text-of-the-message"}))
    ask(deps, with_body(id="m2", body={"text": "x", "the-text-of-the-message": 1}))
    sent, _ = metrics(capsys)
    assert (sent["connection"], sent["id"], "user" in sent) == (events.CONNECTION, "m1", False)
    refused = json.loads(logged.getvalue())
    assert (refused["connection"], refused["id"], refused["user"]) == (events.CONNECTION, "m2", "alice")
    assert refused["code"] == "bad_request"
    assert "the-text-of-the-message" not in json.dumps([sent, refused])


def metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_metrics_count_sends_deliveries_and_refusals_by_code(
    deps: dependencies.Message, world: World, capsys: pytest.CaptureFixture[str]
):
    world.connect(world.bob)
    ask(deps, HELLO)
    ask(deps, HELLO)
    ask(deps, with_body(id="m3", to="nobody"))
    ask(deps, with_body(id="m4", after=1))
    first, again, refused, fourth = metrics(capsys)
    assert (first["Sends"], first["Deliveries"]) == (1, 1)
    assert "Sends" not in again
    assert (refused["Refusals"], refused["code"]) == (1, "not_found")
    assert "code" not in fourth


def test_metrics_count_gone_connections(deps: dependencies.Message, world: World, capsys: pytest.CaptureFixture[str]):
    world.connect(world.bob)
    world.sockets.close([world.bob.connection])
    ask(deps, HELLO, now=world.now + fanout.HANDSHAKE_MS)
    assert metrics(capsys)[0]["GoneConnections"] == 1


@pytest.mark.parametrize(
    ("frame", "most"),
    [
        ({"action": "typing", "conversation": DM}, 25),
        ({"action": "sync", "since": {}}, 25),
        ({"action": "mark", "conversation": DM, "read": 1}, 50),
        ({"action": "presence", "users": ["bob"]}, 100),
        ({"action": "presence", "users": [f"u{n}" for n in range(40)]}, 9),
        ({"action": "send", "to": "bob", "after": 0, "body": {"text": "Hi"}}, 25),  # repeats, too
    ],
)
def test_whatever_a_user_asks_for_is_limited_before_it_costs_a_call(
    deps: dependencies.Message, world: World, frame: dict[str, Any], most: int
):
    world.send(world.bob, "m1", 0)
    answers = [ask(deps, {"id": "c", **frame, "after": 1} if "after" in frame else {"id": "c", **frame})
               for _ in range(most + 5)]  # fmt: skip
    refused = [a.get("code") == "rate_limited" for a in answers]
    assert refused == [False] * most + [True] * 5
    last = answers[-1]
    assert (last["id"], last["retryable"], 0 < last["retry_after"] < 1) == ("c", True, True)
    assert ask(deps, {"id": "c", **frame, **({"after": 1} if "after" in frame else {})}, now=world.now + 1_000) != last
