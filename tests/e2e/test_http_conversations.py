"""Conversations, devices, blocks and reports over the HTTP API as deployed, beside live sockets."""

import uuid

from infra.local.stack import User
from tests.e2e.asking import Http
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment


def shown(http: Http, user: User, **query: str) -> list[tuple[str, bool]]:
    """The inbox: the other user of each conversation, and whether it is pinned."""
    listed = http.ask(user, "GET /conversations", **query).body["conversations"]
    return [(c["other"]["user"], c["pinned"]) for c in listed]


def test_a_message_sent_without_a_socket_reaches_one(alice: User, bob: User, dial: Dial, http: Http, dm: str):
    b = dial(bob)
    message = {"id": "quick-reply", "after": 0, "body": {"text": "On my way"}}
    first = http.ask(alice, f"POST /conversations/{dm}/entries", message)
    again = http.ask(alice, f"POST /conversations/{dm}/entries", message)
    assert (first.status, again.status, first.body) == (201, 200, again.body)
    assert b.hear("message")["entry"]["body"]["text"] == "On my way"
    history = http.ask(bob, f"GET /conversations/{dm}/entries").body
    assert [e["id"] for e in history["entries"]] == ["quick-reply"]


def test_the_inbox_shows_pinned_ones_first_and_archived_ones_apart(local: Deployment, http: Http, dial: Dial):
    alice = local.user("Alice")
    providers = [local.user(f"P{n}", "provider") for n in range(3)]
    for provider in providers:
        dial(provider).ask("send", to=alice.id, after=0, body={"text": "Hello"})
    names = [p.id for p in providers]
    assert [u for u, _ in shown(http, alice)] == names[::-1]
    dms = ["dm:" + ":".join(sorted((alice.id, n))) for n in names]
    phone = dial(alice)
    http.ask(alice, f"PATCH /conversations/{dms[0]}", {"pinned": True})
    assert phone.hear("conversation")["pinned"] is True
    http.ask(alice, f"PATCH /conversations/{dms[2]}", {"archived": True})
    assert shown(http, alice) == [(names[0], True), (names[1], False)]
    assert shown(http, alice, archived="true") == [(names[2], False)]
    http.ask(alice, f"PATCH /conversations/{dms[2]}", {"archived": False})
    assert shown(http, alice) == [(names[0], True), (names[2], False), (names[1], False)]


def test_a_read_mark_reaches_the_writer(alice: User, bob: User, dial: Dial, http: Http, dm: str):
    b = dial(bob)
    b.ask("send", to=alice.id, after=0, body={"text": "Hello"})
    answer = http.ask(alice, f"PATCH /conversations/{dm}", {"read": 1})
    assert (answer.status, answer.body["read"]) == (200, 1)
    assert b.hear(lambda f: f.get("type") == "receipt" and f["marks"]["read"] == 1)


def test_a_phone_that_changes_hands_gets_no_more_pushes_for_who_had_it(
    local: Deployment, alice: User, bob: User, dial: Dial, http: Http
):
    assert local.local is not None
    token = uuid.uuid4().hex
    endpoint = local.local.register(alice, "phone", token)
    carol = local.user("Carol")
    assert local.local.register(carol, "phone", token) == endpoint
    assert http.ask(alice, "GET /me/devices").body["devices"] == []
    b = dial(bob)
    b.ask("send", to=alice.id, after=0, body={"text": "for alice"})
    b.ask("send", to=carol.id, after=0, body={"text": "for carol"})
    assert local.local.settled(30)
    assert len(local.pushes.sent(endpoint)) == 1
    assert http.ask(carol, "DELETE /me/devices/phone").status == 204
    assert http.ask(carol, "GET /me/devices").body["devices"] == []


def test_a_platform_that_is_not_set_up_is_refused(local: Deployment, alice: User, http: Http):
    answer = http.ask(alice, "PUT /me/devices/phone", {"platform": "apns", "token": "abc"})
    assert (answer.status, "not set up" in answer.body["detail"]) == (400, True)


def test_who_is_blocked_is_refused_until_they_are_not(alice: User, bob: User, dial: Dial, http: Http):
    a = dial(alice)
    assert http.ask(bob, f"PUT /me/blocks/{alice.id}").status == 204
    assert [b["user"] for b in http.ask(bob, "GET /me/blocks").body["blocks"]] == [alice.id]
    assert a.ask("send", to=bob.id, after=0, body={"text": "Hello"})["code"] == "blocked"
    http.ask(bob, f"DELETE /me/blocks/{alice.id}")
    assert a.ask("send", to=bob.id, after=0, body={"text": "Hello"})["type"] == "ack"


def test_a_report_is_stored_once(alice: User, bob: User, dial: Dial, http: Http, dm: str):
    dial(bob).ask("send", to=alice.id, after=0, body={"text": "rude"})
    report = {"id": "r1", "conversation": dm, "seq": 1, "reason": "harassment"}
    assert [http.ask(alice, "POST /reports", report).status for _ in range(2)] == [201, 200]
