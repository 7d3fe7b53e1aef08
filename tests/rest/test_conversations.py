"""Conversations over HTTP. Alice is a consumer, Bob a provider; they talk."""

import json

import pytest

from tests.rest.asking import Client
from tests.unit.chat.world import DM, World

STATE = {"conversation": DM, "delivered": 0, "read": 0, "muted": 0, "archived": False, "pinned": False}


def talk(world: World, *texts: str) -> None:
    """Bob writes to Alice, and the notifier sees it."""
    for text in texts:
        n = len(world.entries.entries.get(DM, []))
        world.now += 10_000
        world.send(world.bob, f"m{n}", n, text)
        world.notify(world.entries.entries[DM][-1:])


def test_the_inbox_shows_what_a_list_needs(client: Client, world: World):
    talk(world, "Hello", "Are you there?")
    world.connect(world.bob)
    [shown] = client.ask("alice", "GET /conversations").body["conversations"]
    last = {"seq": 2, "at": world.now, "sender": "bob", "preview": "Are you there?"}
    other = {"user": "bob", "name": "Bob", "photo": "", "role": "provider", "online": True, "seen": world.now}
    assert shown == {**STATE, "other": other, "last": last, "unread": 2}


def test_who_blocks_the_asker_is_shown_by_nothing_but_their_id(client: Client, world: World):
    talk(world, "Hello")
    world.directory.block("bob", "alice")
    [shown] = client.ask("alice", "GET /conversations").body["conversations"]
    assert shown["other"] == {"user": "bob", "name": "", "photo": "", "role": "", "online": False, "seen": None}


def test_it_comes_in_pages(client: Client, world: World):
    for n in range(5):
        world.stored.upsert_user(f"p{n}", "provider", f"P{n}")
        world.now += 10_000
        world.send(world.alice, "m", 0, to=f"p{n}")
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = client.ask("alice", "GET /conversations", limit="2", **({"cursor": cursor} if cursor else {})).body
        seen += [c["other"]["user"] for c in page["conversations"]]
        cursor = page["cursor"]
    assert (seen, cursor) == (["p4", "p3", "p2", "p1", "p0"], None)


def test_nobody_sees_anothers_inbox(client: Client, world: World):
    talk(world, "Hello")
    assert client.ask("carol", "GET /conversations").body == {"conversations": [], "cursor": None}


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "51"}, {"limit": "x"}, {"archived": "maybe"}, {"cursor": "forged"},
     {"cursor": "x" * 513}],
)  # fmt: skip
def test_a_bad_question_is_refused(client: Client, query: dict[str, str]):
    answer = client.ask("alice", "GET /conversations", **query)
    assert (answer.status, answer.body["code"]) == (400, "bad_request")


def test_a_cursor_of_one_list_is_none_of_the_other(client: Client, world: World):
    for n in range(2):
        world.stored.upsert_user(f"p{n}", "provider", "")
        world.send(world.alice, "m", 0, to=f"p{n}")
    cursor = client.ask("alice", "GET /conversations", limit="1").body["cursor"]
    assert client.ask("alice", "GET /conversations", archived="true", cursor=cursor).status == 400


def test_a_conversation_is_muted_archived_and_pinned(client: Client, world: World):
    talk(world, "Hello")
    answer = client.ask("alice", f"PATCH /conversations/{DM}", {"muted": 5_000_000, "pinned": True})
    assert (answer.status, answer.body) == (200, {**STATE, "muted": 5_000_000, "pinned": True})
    answer = client.ask("alice", f"PATCH /conversations/{DM}", {"archived": True, "muted": 0})
    assert answer.body == {**STATE, "archived": True, "pinned": True}
    assert client.ask("alice", "GET /conversations").body["conversations"] == []
    [shown] = client.ask("alice", "GET /conversations", archived="true").body["conversations"]
    assert shown["archived"]
    [bobs] = client.ask("bob", "GET /conversations").body["conversations"]
    assert not bobs["archived"]


def test_the_users_devices_hear_of_it(client: Client, world: World):
    talk(world, "Hello")
    world.connect(world.alice)
    client.ask("alice", f"PATCH /conversations/{DM}", {"pinned": True})
    assert [f["pinned"] for f in world.heard(world.alice, "conversation")] == [True]


def test_a_read_mark_is_as_one_over_a_socket(client: Client, world: World):
    talk(world, "Hello", "There?")
    world.connect(world.bob)
    answer = client.ask("alice", f"PATCH /conversations/{DM}", {"read": 2})
    assert answer.body == {**STATE, "delivered": 2, "read": 2}
    assert [f["marks"]["read"] for f in world.heard(world.bob, "receipt")] == [2]
    assert client.ask("alice", f"PATCH /conversations/{DM}", {"read": 1}).body["read"] == 2
    [shown] = client.ask("alice", "GET /conversations").body["conversations"]
    assert shown["unread"] == 0


def test_a_mark_beyond_the_end_changes_nothing(client: Client, world: World):
    talk(world, "Hello")
    answer = client.ask("alice", f"PATCH /conversations/{DM}", {"read": 9, "pinned": True})
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert client.ask("alice", f"PATCH /conversations/{DM}", {}).body == STATE


@pytest.mark.parametrize(
    "changes",
    [{"muted": -1}, {"muted": "5"}, {"muted": 1.5}, {"muted": None}, {"muted": 2**53}, {"archived": "yes"},
     {"archived": 1}, {"read": True}, {"pin": True}, {"user": "bob"}, [], "no json", '{"read": ' + "9" * 5000 + "}"],
)  # fmt: skip
def test_bad_changes_are_refused(client: Client, world: World, changes: object):
    talk(world, "Hello")
    answer = client.ask("alice", f"PATCH /conversations/{DM}", changes)
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert client.ask("alice", f"PATCH /conversations/{DM}", {}).body == STATE


@pytest.mark.parametrize("request_", ["GET /conversations/{}/entries", "PATCH /conversations/{}"])
@pytest.mark.parametrize(
    ("conversation", "status"),
    [(DM, 403), ("dm:bob:alice", 404), ("dm:carol:carol", 404), ("g:" + "0" * 26, 404), ("dm:x", 400),
     ("dm:alice:..", 400), ("dm:alice:bob:c", 400), ("U#alice", 404), ("dm:alice:bo b", 400), (" " + DM, 400)],
)  # fmt: skip
def test_what_is_not_ones_own_stays_closed(client: Client, world: World, request_: str, conversation: str, status: int):
    talk(world, "Hello")
    body = {"pinned": True} if request_.startswith("PATCH") else None
    answer = client.ask("carol", request_.format(conversation), body)
    assert answer.status == status
    assert "Hello" not in json.dumps(answer.body)


# ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_history_is_read_in_pages_either_way(client: Client, world: World):
    talk(world, *(f"text {n}" for n in range(1, 6)))
    newest = client.ask("alice", f"GET /conversations/{DM}/entries", limit="2").body
    assert ([e["body"]["text"] for e in newest["entries"]], newest["more"]) == (["text 4", "text 5"], True)
    older = client.ask("alice", f"GET /conversations/{DM}/entries", before="4").body
    assert ([e["seq"] for e in older["entries"]], older["more"]) == ([1, 2, 3], False)
    newer = client.ask("bob", f"GET /conversations/{DM}/entries", after="1", limit="3").body
    assert ([e["seq"] for e in newer["entries"]], newer["more"]) == ([2, 3, 4], True)
    entry = {"conversation": DM, "seq": 1, "count": 1, "id": "m0", "kind": "message", "sender": "bob", "at": 1_010_000}
    assert older["entries"][0] == {**entry, "body": {"text": "text 1", "media": []}}


@pytest.mark.parametrize(
    "query", [{"before": "1", "after": "2"}, {"before": "-1"}, {"after": "x"}, {"limit": "101"}, {"limit": "0"},
              {"before": "9" * 30}]
)  # fmt: skip
def test_a_bad_place_in_the_history_is_refused(client: Client, query: dict[str, str]):
    answer = client.ask("alice", f"GET /conversations/{DM}/entries", **query)
    assert (answer.status, answer.body["code"]) == (400, "bad_request")


def say(client: Client, text: str = "Hi", *, by: str = "alice", conversation: str = DM, **changes: object):
    message = {"id": "m1", "after": 0, "body": {"text": text}} | changes
    return client.ask(by, f"POST /conversations/{conversation}/entries", message)


def test_a_message_is_stored_once_and_reaches_every_device_of_both(client: Client, world: World):
    world.connect(world.alice, world.bob)
    first = say(client, "Grüße 👍")
    stored = {"id": "m1", "conversation": DM, "seq": 1, "count": 1, "at": world.now}
    assert (first.status, first.body) == (201, stored)
    again = say(client, "Grüße 👍")
    assert (again.status, again.body) == (200, stored)
    assert len(world.entries.entries[DM]) == 1
    for session in (world.alice, world.bob):
        assert world.heard(session, "message")[0]["entry"]["body"]["text"] == "Grüße 👍"


def test_a_sender_too_far_behind_is_told_the_tail(client: Client, world: World):
    world.fill(250)
    answer = say(client)
    assert (answer.status, answer.body["code"], answer.body["tail"]) == (409, "conflict", 250)


def test_a_sender_who_is_too_fast_is_told_when_to_come_back(client: Client, world: World):
    for n in range(8):
        say(client, id=f"m{n}", after=n)
    answer = say(client, id="m9", after=8)
    assert (answer.status, answer.body["code"], answer.headers["Retry-After"]) == (429, "rate_limited", "4")


def test_who_is_blocked_and_who_may_not_talk_are_refused(client: Client, world: World):
    world.directory.block("bob", "alice")
    answer = say(client)
    assert (answer.status, answer.body["code"]) == (403, "blocked")
    world.stored.upsert_user("carol", "consumer", "Carol")
    assert say(client, conversation="dm:alice:carol").body["code"] == "forbidden"
    assert say(client, conversation="dm:alice:nobody").body["code"] == "not_found"
    assert say(client, by="carol").body["code"] == "forbidden"
    assert world.entries.entries == {}


@pytest.mark.parametrize(
    "changes",
    [{"id": ""}, {"id": "a b"}, {"id": "x" * 65}, {"id": 7}, {"after": -1}, {"after": "0"},
     {"body": {}}, {"body": {"text": ""}}, {"body": {"text": "x" * 8_001}}, {"body": {"text": None}},
     {"body": {"text": "\ud800"}}, {"body": {"text": "a", "media": ["../x"]}}, {"body": {"text": "a", "to": "b"}},
     {"body": "Hi"}, {"to": "bob"}, {"sender": "bob"}],
)  # fmt: skip
def test_a_bad_message_is_refused_and_not_stored(client: Client, world: World, changes: dict[str, object]):
    answer = say(client, **changes)
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert world.entries.entries == {}


def test_a_message_that_no_frame_could_carry_is_too_large(client: Client, world: World):
    answer = say(client, body={"text": "\x01" * 8_000})  # each takes six bytes of JSON
    assert (answer.status, answer.body["code"]) == (413, "too_large")
    assert world.entries.entries == {}


def test_the_operator_sees_what_was_sent_on_the_line_of_the_request(client: Client, capsys: pytest.CaptureFixture[str]):
    say(client)
    [line] = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert (line["Requests"], line["Sends"]) == (1, 1)
