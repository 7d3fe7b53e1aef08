"""Who gets a push, about what, and how often."""

from typing import Any

import pytest

from parley.chat.effects import settings as effects
from parley.core import errors
from parley.delivery.ports import Delivery
from tests.unit.chat.effects.bursts import mute, pushes, written
from tests.unit.chat.world import DM, World


def test_an_offline_recipient_gets_one_push_for_a_burst_with_the_right_badge(offline: World):
    for i in range(3):
        offline.send(offline.alice, f"m{i}", i)
    assert offline.notify(written(offline)).pushes == 1
    assert pushes(offline) == [(3, 3)]


def test_the_sender_gets_none(offline: World):
    offline.register("alice", "phone-a", "fcm", "hers")
    offline.send(offline.alice, "m1", 0)
    offline.notify(written(offline))
    assert pushes(offline, "fcm/hers") == []


def test_each_of_two_writers_is_told_of_the_others_entries_only(offline: World):
    offline.register("alice", "phone-a", "fcm", "hers")
    offline.send(offline.alice, "m1", 0)
    offline.send(offline.bob, "m2", 1)
    offline.notify(written(offline))
    assert pushes(offline, "fcm/hers") == [(2, 1)]
    assert pushes(offline) == [(1, 0)]  # bob has answered: nothing is unread, but this device may not know


def test_a_replayed_batch_pushes_nothing_again(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.notify(written(offline))
    assert offline.notify(written(offline)).pushes == 0
    assert pushes(offline) == [(1, 1)]


def test_a_late_replay_of_an_old_batch_moves_nothing_back(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.send(offline.alice, "m2", 1)
    offline.notify(written(offline)[1:])
    offline.notify(written(offline)[:1])
    assert pushes(offline) == [(2, 2)]
    assert offline.stored.summaries[DM].seq == 2


def test_entries_that_come_late_still_count_as_their_writers_answer(offline: World):
    offline.send(offline.bob, "m1", 0)
    offline.send(offline.alice, "m2", 1)
    offline.notify(written(offline)[1:])
    offline.notify(written(offline)[:1])
    assert offline.sync(offline.bob, {DM: 2}).conversations[0].unread == 1


def test_what_a_device_has_confirmed_is_not_pushed(offline: World):
    offline.send(offline.alice, "m1", 0)
    offline.mark(offline.bob, delivered=1)
    assert offline.notify(written(offline)).pushes == 0
    assert pushes(offline) == []


def test_a_crash_between_push_and_mark_repeats_the_push_rather_than_losing_it(offline: World):
    offline.send(offline.alice, "m1", 0)
    original = offline.stored.move_pushed

    def crash(*_: object) -> bool:
        raise errors.Unavailable("the function died here")

    offline.stored.move_pushed = crash
    with pytest.raises(errors.Unavailable):
        offline.notify(written(offline))
    offline.stored.move_pushed = original
    offline.notify(written(offline))
    assert pushes(offline) == [(1, 1), (1, 1)]  # the same conversation, so the second replaces the first on screen


def test_a_disabled_endpoint_is_forgotten_and_the_other_device_still_reached(offline: World):
    offline.register("bob", "tablet", "apns", "other")
    offline.push.failing["fcm/token"] = Delivery.GONE
    offline.send(offline.alice, "m1", 0)
    offered = offline.notify(written(offline))
    assert (offered.pushes, offered.forgotten) == (1, 1)
    assert offline.push.forgotten == ["fcm/token"]
    assert [d.id for d in offline.stored.users["bob"].devices] == ["tablet"]


def test_who_registers_again_while_a_push_fails_is_pushed_to_again(offline: World):
    offline.push.failing["fcm/token"] = Delivery.GONE
    send = offline.push.send

    def meanwhile(*args: Any) -> list[Delivery]:
        ends = send(*args)
        offline.now += 1
        offline.register("bob", "phone-b", "fcm", "token")
        return ends

    offline.send(offline.alice, "m1", 0)
    with pytest.MonkeyPatch.context() as patched, pytest.raises(errors.Unavailable):
        patched.setattr(offline.push, "send", meanwhile)
        offline.notify(written(offline))
    assert offline.notify(written(offline)).pushes == 1


def test_one_device_that_fails_does_not_ring_the_other_again(offline: World):
    offline.register("bob", "tablet", "apns", "other")
    offline.push.failing["apns/other"] = Delivery.LATER
    offline.send(offline.alice, "m1", 0)
    assert offline.notify(written(offline)).pushes == 1
    offline.notify(written(offline))
    assert len(pushes(offline)) == 1


def test_what_only_an_operator_can_mend_is_counted_and_not_repeated(offline: World):
    offline.push.failing["fcm/token"] = Delivery.REFUSED
    offline.send(offline.alice, "m1", 0)
    assert offline.notify(written(offline)).refused == 1
    assert offline.notify(written(offline)).refused == 0


@pytest.mark.parametrize(
    ("preview", "title", "text", "sender"),
    [("none", "New message", "", ""), ("sender", "Alice", "", "alice"), ("full", "Alice", "hi there", "alice")],
)
def test_the_preview_shows_no_more_than_the_deployment_allows(
    offline: World, preview: effects.Preview, title: str, text: str, sender: str
):
    offline.send(offline.alice, "m1", 0, "hi\n there")
    offline.notify(written(offline), effects.Rules(preview=preview))
    [sent] = offline.push.sent["fcm/token"]
    assert (sent.title, sent.text, sent.sender) == (title, text, sender)


def test_a_user_without_a_push_device_costs_no_write(world: World):
    world.send(world.alice, "m1", 0)
    world.notify(written(world))
    assert world.stored.members["bob", DM].pushed == 0


def test_a_muted_conversation_rings_nobody_and_reaches_their_open_app_even_so(offline: World):
    offline.send(offline.alice, "m1", 0)
    mute(offline, "bob", DM, offline.now + 60_000)
    assert offline.notify(written(offline)).pushes == 0
    offline.connect(offline.bob)
    offline.now += 10_000
    assert offline.notify(written(offline)).posted.done == 1
    assert pushes(offline) == []


def test_when_the_mute_is_over_pushes_go_on_and_tell_of_what_has_come_since(offline: World):
    offline.send(offline.alice, "m1", 0)
    mute(offline, "bob", DM, offline.now + 60_000)
    offline.notify(written(offline))
    assert offline.stored.members["bob", DM].pushed == 0  # no push has announced it
    offline.now += 60_000
    offline.send(offline.alice, "m2", 1)
    offline.notify(written(offline)[1:])
    assert pushes(offline) == [(2, 2)]


def test_a_push_that_finds_only_endpoints_that_are_gone_is_not_remembered_so_that_a_new_one_gets_it(offline: World):
    [old] = offline.stored.users["bob"].devices
    offline.send(offline.alice, "m1", 0)
    offline.push.failing[old.endpoint] = Delivery.GONE
    offline.notify(written(offline))
    new = offline.register("bob", old.id, "fcm", "new")
    offline.notify(written(offline))
    assert [n.seq for n in offline.push.sent[new.endpoint]] == [1]
