"""What the notifier repairs: a send that died, a device that vanished, a dead push endpoint."""

import time
import uuid

from infra.local.stack import User
from parley.chat.entries import Body, Entry, MessageEntry
from parley.core.writes import STORED
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment


def stored(deployment: Deployment, sender: User, conversation: str, seq: int, members: tuple[str, str]) -> Entry:
    """Store an entry as a send leaves it if it dies before it has posted."""
    now = time.time_ns() // 1_000_000
    entry = MessageEntry(conversation, seq, seq, uuid.uuid4().hex, sender.id, now, Body(f"message {seq}"))
    assert deployment.log.append(entry, members) == STORED
    return entry


def test_a_send_that_dies_after_storing_reaches_the_live_recipient(
    deployment: Deployment, alice: User, bob: User, dial: Dial, dm: str
):
    phone = dial(bob)
    entry = stored(deployment, alice, dm, 1, (alice.id, bob.id))
    heard = phone.hear("message", limit=20)["entry"]
    assert (heard["id"], heard["seq"]) == (entry.id, 1)


def test_a_retry_of_it_is_acked_with_the_seq_it_has(
    deployment: Deployment, alice: User, bob: User, dial: Dial, dm: str
):
    entry = stored(deployment, alice, dm, 1, (alice.id, bob.id))
    ack = dial(alice).ask("send", id=entry.id, to=bob.id, after=0, body={"text": "message 1"})
    assert (ack["type"], ack["seq"]) == ("ack", 1)


def test_an_offline_burst_is_one_push_with_the_right_badge(
    local: Deployment, alice: User, bob: User, dial: Dial, dm: str
):
    assert local.local is not None
    endpoint = local.local.register(alice, "phone", uuid.uuid4().hex)
    b = dial(bob)
    for n in range(3):
        b.ask("send", to=alice.id, after=n, body={"text": f"message {n}"})
    assert local.local.settled(30)
    [push] = local.pushes.sent(endpoint)
    assert (push.badge, push.title) == (3, "Bob")
    dial(alice).say({"action": "mark", "id": "r", "conversation": dm, "read": 3})
    b.hear("receipt")
    b.ask("send", to=alice.id, after=3, body={"text": "one more"})
    assert local.local.settled(30)
    assert [p.badge for p in local.pushes.sent(endpoint)] == [3, 1]  # it is live, but has not confirmed


def test_a_message_confirmed_in_time_is_not_pushed(local: Deployment, alice: User, bob: User, dial: Dial, dm: str):
    assert local.local is not None
    endpoint = local.local.register(alice, "phone", uuid.uuid4().hex)
    a, b = dial(alice), dial(bob)
    b.ask("send", to=alice.id, after=0, body={"text": "hello"})
    a.hear("message")
    a.say({"action": "mark", "id": "d", "conversation": dm, "delivered": 1})
    b.hear("receipt")
    assert local.local.settled(30)
    assert local.pushes.sent(endpoint) == []


def test_a_disabled_endpoint_is_forgotten_and_another_device_still_reached(
    local: Deployment, alice: User, bob: User, dial: Dial
):
    assert local.local is not None
    dead, alive = (local.local.register(alice, d, uuid.uuid4().hex) for d in ("old", "new"))
    local.pushes.disable(dead)
    dial(bob).ask("send", to=alice.id, after=0, body={"text": "hello"})
    assert local.local.settled(30)
    assert len(local.pushes.sent(alive)) == 1
    recipient = local.directory.find(recipients=[alice.id], strong=True).recipients[alice.id]
    assert [d.id for d in recipient.devices] == ["new"]


def test_a_record_that_cannot_be_read_does_not_hold_up_others(
    local: Deployment, alice: User, bob: User, dial: Dial, dm: str
):
    phone = dial(bob)
    poison = {"conversation": {"S": f"poison-{uuid.uuid4().hex}"}, "seq": {"N": "1"}}
    local.log._client.put_item(TableName=local.log._table, Item=poison)
    stored(local, alice, dm, 1, (alice.id, bob.id))
    assert phone.hear("message", limit=30)["entry"]["seq"] == 1
