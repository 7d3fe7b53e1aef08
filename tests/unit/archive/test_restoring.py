"""Asking for what is in the archive, and being told when it is back."""

import pytest

from parley.archive import restoring
from parley.core.errors import Forbidden, NotFound
from parley.delivery.ports import Delivery
from tests.unit.archive.attic import Attic
from tests.unit.chat.world import DM


@pytest.fixture
def cold(attic: Attic) -> Attic:
    """A conversation whose 40 oldest entries are in 4 packs, all of them cold."""
    attic.rules = attic.rules.__class__(after_ms=attic.rules.after_ms, segment_entries=10, pack_bytes=1)
    attic.talk(41)
    attic.later(200)
    attic.run()
    attic.packs.cold.update(attic.packs.stored)
    return attic


def ask(attic: Attic, before: int, user: str = "alice") -> bool:
    session = attic.world.alice if user == "alice" else attic.world.bob
    return restoring.restore(session, DM, before, attic.world.now, attic.asking)


def tell(attic: Attic, pack: str) -> int:
    return restoring.tell(pack, attic.world.now, attic.telling)


def test_what_is_wanted_next_and_what_lies_before_it_is_restored(cold: Attic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(restoring, "AT_ONCE", 3)
    assert ask(cold, 41) is True
    assert cold.packs.asked == ["pack-4", "pack-3", "pack-2"]
    assert [(w.pack, w.user) for w in cold.waiters.all] == [("pack-4", "alice")]


def test_asking_again_changes_nothing_but_asks_glacier_again(cold: Attic):
    ask(cold, 41)
    ask(cold, 41)
    assert len(cold.waiters.all) == 1


def test_somebody_waits_for_the_first_pack_that_cannot_be_read(cold: Attic):
    cold.packs.cold -= {"pack-4", "pack-3"}
    assert ask(cold, 41) is True
    assert [w.pack for w in cold.waiters.all] == ["pack-2"]


def test_nobody_waits_for_what_can_be_read(cold: Attic):
    cold.packs.cold.clear()
    assert ask(cold, 41) is False
    assert cold.waiters.all == []


@pytest.mark.parametrize("before", [1, 0])
def test_what_is_not_in_the_archive_is_not_restored(cold: Attic, before: int):
    with pytest.raises(NotFound):
        ask(cold, before)


def test_only_members_have_something_restored(cold: Attic):
    with pytest.raises(Forbidden):
        restoring.restore(cold.world.session("carol", "consumer", "c"), DM, 9, 0, cold.asking)


def test_whoever_waits_is_told_once_on_every_live_device(cold: Attic):
    w = cold.world
    tablet = w.session("alice", "consumer", "tablet-a")
    w.connect(w.alice, tablet, w.bob)
    ask(cold, 41)
    assert tell(cold, "pack-4") == 1
    for session in (w.alice, tablet):
        assert w.heard(session, "restored") == [{"type": "restored", "conversation": DM}]
    assert w.heard(w.bob, "restored") == []
    assert tell(cold, "pack-4") == 0
    assert w.push.sent == {}


def test_whoever_has_no_live_device_gets_a_push(cold: Attic):
    w = cold.world
    w.register("alice", "phone-a", "fcm", "token-a")
    ask(cold, 41)
    assert tell(cold, "pack-4") == 1
    [notification] = w.push.sent["fcm/token-a"]
    assert (notification.conversation, notification.seq, notification.text) == (DM, 0, "")


def test_a_dead_endpoint_is_forgotten_and_a_user_who_is_gone_is_passed_over(cold: Attic):
    w = cold.world
    w.register("alice", "phone-a", "fcm", "token-a")
    w.push.failing["fcm/token-a"] = Delivery.GONE
    ask(cold, 41)
    ask(cold, 41, "bob")
    del w.stored.users["bob"]
    assert tell(cold, "pack-4") == 2
    assert cold.waiters.all == []
    assert w.push.forgotten == ["fcm/token-a"]
