"""A conversation over real sockets, through the deployed template, with IAM enforced."""

import json
import threading
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from infra.local.stack import User
from parley.chat import fields
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment


def test_two_users_talk(alice: User, bob: User, dial: Dial, dm: str):
    a, b = dial(alice), dial(bob)
    ack = a.ask("send", to=bob.id, after=0, body={"text": "hello"})
    assert (ack["type"], ack["conversation"], ack["seq"], ack["count"]) == ("ack", dm, 1, 1)
    entry = b.hear("message")["entry"]
    assert (entry["seq"], entry["sender"], entry["body"], entry["at"]) == (1, alice.id, {"text": "hello"}, ack["at"])

    b.say({"action": "mark", "id": "d", "conversation": dm, "delivered": 1})
    assert a.hear("receipt")["marks"]["delivered"] == 1
    b.say({"action": "mark", "id": "r", "conversation": dm, "read": 1})
    assert a.hear("receipt")["marks"]["read"] == 1

    b.say({"action": "typing", "id": "t", "conversation": dm})
    assert a.hear("typing") == {"type": "typing", "conversation": dm, "user": bob.id}
    assert b.ask("send", conversation=dm, after=1, body={"text": "hi"})["seq"] == 2
    assert a.hear("message")["entry"]["seq"] == 2

    assert a.ask("presence", users=[bob.id])["users"][bob.id]["online"]
    b.socket.close()
    present = {"online": True}
    until = time.monotonic() + 20
    while present["online"] and time.monotonic() < until:
        present = a.ask("presence", users=[bob.id])["users"][bob.id]
    assert not present["online"]
    assert present["seen"] > 1_700_000_000_000


def test_ping_is_answered_by_the_gateway_itself(alice: User, dial: Dial):
    phone = dial(alice)
    phone.say({"action": "ping"})
    assert phone.hear("pong") == {"type": "pong"}


def test_all_devices_of_both_agree(alice: User, bob: User, dial: Dial, dm: str):
    a, tablet, b = dial(alice), dial(alice, "tablet"), dial(bob)
    a.ask("send", to=bob.id, after=0, body={"text": "one"})
    assert tablet.hear("message")["entry"]["seq"] == 1
    b.hear("message")
    tablet.say({"action": "mark", "id": "r", "conversation": dm, "read": 1})
    assert a.hear("receipt")["marks"]["user"] == alice.id
    pages = [phone.ask("sync", since={}) for phone in (a, tablet, b)]
    assert pages[0]["entries"] == pages[1]["entries"] == pages[2]["entries"]
    assert {json.dumps(m, sort_keys=True) for m in pages[0]["marks"]} == {
        json.dumps(m, sort_keys=True) for m in pages[2]["marks"]
    }


def test_what_was_missed_is_synced(alice: User, bob: User, dial: Dial, dm: str):
    a = dial(alice)
    for n in range(3):
        a.ask("send", to=bob.id, after=n, body={"text": str(n)})
    synced = dial(bob).ask("sync", since={dm: 1})
    assert [e["seq"] for e in synced["entries"]] == [2, 3]
    assert (synced["more"], synced["conversations"][0]["unread"]) == (False, 3)


def test_the_same_frame_on_two_sockets_at_once_is_stored_once(alice: User, bob: User, dial: Dial, dm: str):
    phones = [dial(alice, f"device-{n}") for n in range(2)]
    acks: list[dict[str, Any]] = []

    def send(phone: Any) -> None:
        acks.append(phone.ask("send", id="same", to=bob.id, after=0, body={"text": "once"}))

    threads = [threading.Thread(target=send, args=(p,)) for p in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {a["seq"] for a in acks} == {1}
    assert len(phones[0].ask("sync", since={})["entries"]) == 1


FRAGMENT = 30_000
"""API Gateway takes frames of 32 KB; a longer message comes in several."""
BAD = {
    "not JSON": "{",
    "a list": "[]",
    "empty": " ",
    "an unknown action": '{"action":"shout","id":"x"}',
    "an extra field": '{"action":"typing","id":"x","conversation":"dm:a:b","loud":true}',
    "a wrong type": '{"action":"sync","id":"x","since":[]}',
    "too large": '{"action":"sync","id":"x","since":{}}' + " " * fields.FRAME_LIMIT,
}


def test_bad_frames_get_an_error_and_leave_the_socket_open(alice: User, bob: User, dial: Dial):
    phone = dial(alice)
    for name, bad in BAD.items():
        phone.socket.send([bad[n : n + FRAGMENT] for n in range(0, len(bad), FRAGMENT)])
        answer = phone.hear("error")
        assert answer["code"] == ("too_large" if name == "too large" else "bad_request"), name
    assert phone.ask("send", to=bob.id, after=0, body={"text": "still here"})["type"] == "ack"


@pytest.mark.parametrize(
    "text", ["a\x00b", "\u202eשלום\u202c", "👩‍👩‍👧‍👦 e\u0301", "x" * 8_000], ids=["zero", "rtl", "emoji", "long"]
)
def test_a_text_arrives_as_it_was_written(alice: User, bob: User, dial: Dial, text: str):
    a, b = dial(alice), dial(bob)
    assert a.ask("send", to=bob.id, after=0, body={"text": text})["type"] == "ack"
    assert b.hear("message")["entry"]["body"]["text"] == text
    assert b.ask("sync", since={})["entries"][0]["body"]["text"] == text


def test_who_may_not_talk_is_refused(deployment: Deployment, alice: User, bob: User, dial: Dial, dm: str):
    carol = deployment.user("Carol")
    c = dial(carol)
    assert dial(alice).ask("send", to=bob.id, after=0, body={"text": "private"})["type"] == "ack"
    assert c.ask("send", to=alice.id, after=0, body={"text": "x"})["code"] == "forbidden"
    assert c.ask("send", to="nobody", after=0, body={"text": "x"})["code"] == "not_found"
    assert c.ask("send", conversation=dm, after=0, body={"text": "x"})["code"] == "forbidden"
    assert c.ask("mark", conversation=dm, read=1)["code"] == "forbidden"
    assert c.ask("sync", since={dm: 0})["entries"] == []
    assert not c.ask("presence", users=[alice.id])["users"][alice.id]["online"]


def test_a_reconnecting_device_replaces_its_own_old_socket(deployment: Deployment, alice: User, bob: User, dial: Dial):
    old, new = dial(alice), dial(alice)
    dial(bob).ask("send", to=alice.id, after=0, body={"text": "hello"})
    assert new.hear("message")["entry"]["body"]["text"] == "hello"
    recipient = deployment.directory.find(recipients=[alice.id], strong=True).recipients[alice.id]
    assert len(recipient.connections) == 1
    with pytest.raises(ConnectionClosed):  # the connect function closes it, as it would get nothing more
        old.socket.recv(timeout=10)
