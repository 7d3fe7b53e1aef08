"""Which entries leave the log, and when."""

from typing import Any

import pytest
from msgspec.structs import replace

from parley.archive import archiving
from parley.archive.memory import MemoryPacks
from parley.archive.model import SHARDS
from parley.archive.ports import Broken
from parley.core.errors import Unavailable
from tests.unit.archive.attic import AFTER_MS, HOUR_MS, Attic, whole
from tests.unit.chat.world import DM


def test_old_entries_leave_the_log_and_the_newest_stays(attic: Attic):
    attic.talk(30)
    attic.later(181)
    done = attic.run()
    assert (done.entries, done.packs, done.errors) == (29, 1, [])
    assert attic.left() == [30]
    whole(attic)


def test_nothing_leaves_before_it_is_old_enough(attic: Attic):
    attic.talk(30)
    first = attic.all()[0].at
    attic.world.now = first + AFTER_MS
    assert attic.run().entries == 0
    attic.world.schedule.at[DM] = 0
    attic.world.now = first + AFTER_MS + 10 * HOUR_MS + 1
    assert attic.run().entries == 11
    assert attic.left() == list(range(12, 31))
    whole(attic)


def test_what_a_member_has_not_confirmed_stays(attic: Attic):
    attic.talk(10)
    attic.world.send(attic.world.alice, "unseen", 10, "are you there?")
    attic.world.now += HOUR_MS
    attic.world.send(attic.world.alice, "unseen too", 11, "?")
    attic.later(400)
    assert attic.run().entries == 10
    assert attic.left() == [11, 12]
    attic.world.mark(attic.world.bob, read=12)
    attic.talk(0)
    attic.later(31)
    assert attic.run().entries == 1
    assert attic.left() == [12]


def test_ones_own_entries_need_no_confirmation(attic: Attic):
    w = attic.world
    for seq in range(1, 4):
        w.now += HOUR_MS
        w.send(w.alice, f"m{seq}", seq - 1)
    w.schedule.begin(DM, 0)
    w.mark(w.bob, read=3)
    w.notify(attic.all())
    attic.later(200)
    assert attic.run().entries == 2


def test_a_member_who_is_gone_holds_nothing_back_and_one_with_nobody_left_is_not_archived(attic: Attic):
    attic.talk(5)
    w = attic.world
    w.send(w.alice, "m6", 5)
    w.send(w.alice, "m7", 6)
    w.notify(attic.all())
    del w.stored.members["bob", DM]
    attic.later(200)
    assert attic.run().entries == 6
    del w.stored.members["alice", DM]
    w.send(w.alice, "m8", 7)
    attic.later(400)
    assert attic.run().entries == 0


@pytest.mark.parametrize(
    ("days", "again"), [(181, "after"), (170, "pause")], ids=["only the newest is left", "others are not old enough"]
)
def test_a_conversation_is_looked_at_again_when_something_may_be_old_enough(attic: Attic, days: float, again: str):
    attic.talk(3)
    attic.later(days)
    attic.world.schedule.at[DM] = 0
    attic.run()
    wanted = {"after": AFTER_MS, "pause": attic.rules.pause_ms}[again]
    assert attic.world.schedule.at[DM] == attic.world.now + wanted
    assert attic.run().conversations == 0


def test_an_active_conversation_is_looked_at_when_its_first_entry_that_stays_is_old_enough(attic: Attic):
    attic.talk(2)
    attic.later(90)
    attic.talk(2)
    attic.later(91)
    attic.run()
    assert attic.left() == [3, 4]
    assert attic.world.schedule.at[DM] == attic.all()[2].at + AFTER_MS


def test_a_conversation_that_is_erased_is_looked_at_no_more(attic: Attic):
    attic.world.schedule.begin("dm:gone:too", 0)
    assert attic.run().conversations == 1
    assert attic.world.schedule.at == {}


def test_long_conversations_leave_in_segments_and_many_share_a_pack(attic: Attic):
    attic.rules = replace(attic.rules, segment_entries=10)
    attic.world.directory.upsert_user("carol", "provider", "Carol")
    other = "dm:alice:carol"
    attic.talk(35)
    for seq in range(1, 4):
        attic.world.now += HOUR_MS
        attic.world.send(attic.world.alice, f"c{seq}", seq - 1, conversation=other)
    carol = attic.world.stored.members["carol", other]
    attic.world.stored.members["carol", other] = replace(carol, delivered=3, read=3, read_count=3)
    attic.world.notify(attic.all(other))
    attic.world.schedule.begin(other, 0)
    attic.later(200)
    done = attic.run()
    assert (done.entries, done.packs) == (36, 1)
    assert [(s.first, s.last) for s in attic.world.archive.all[DM]] == [(1, 10), (11, 20), (21, 30), (31, 34)]
    assert attic.left() == [35]
    assert attic.left(other) == [3]
    whole(attic)


def test_a_pack_is_stored_once_it_is_large_enough(attic: Attic):
    attic.rules = replace(attic.rules, segment_entries=10, pack_bytes=1)
    attic.talk(35)
    attic.later(200)
    assert attic.run().packs == 4
    whole(attic)


def test_a_run_ends_in_time_and_the_next_goes_on(attic: Attic):
    attic.rules = replace(attic.rules, segment_entries=10)
    attic.talk(35)
    attic.later(200)
    times = iter([900_000, archiving.SPARE_MS])
    assert attic.run(left=lambda: next(times)).entries == 10
    whole(attic)
    assert attic.run(left=lambda: archiving.SPARE_MS).conversations == 0
    assert attic.run().entries == 24
    assert attic.left() == [35]
    whole(attic)


def test_every_shard_is_reached_from_any_of_them(attic: Attic):
    attic.talk(3)
    attic.later(200)
    for shard in range(SHARDS):
        attic.world.schedule.at[DM] = 0
        assert attic.run(shard=shard).conversations == 1


class Corrupt(MemoryPacks):
    def read(self, pack: str) -> bytes:
        data = super().read(pack)
        return data[:40] + bytes([data[40] ^ 1]) + data[41:]


def test_nothing_leaves_the_log_for_a_copy_that_reads_back_differently(attic: Attic):
    attic.talk(12)
    attic.later(200)
    packs, attic.packs = attic.packs, Corrupt()
    [error] = attic.run().errors
    assert isinstance(error, Broken)
    assert attic.left() == list(range(1, 13))
    attic.packs = packs
    assert attic.run().entries == 11


def test_one_conversation_that_fails_is_put_off_and_does_not_hold_up_the_others(attic: Attic):
    attic.talk(3)
    attic.world.schedule.begin("dm:bad:too", 0)
    attic.later(200)
    real = attic.world.log.after

    def after(conversation: str, seq: int, limit: int) -> Any:
        if conversation == "dm:bad:too":
            raise Unavailable("throttled", retry_after=1)
        return real(conversation, seq, limit)

    attic.world.log.after = after
    done = attic.run()
    assert len(done.errors) == 1
    assert done.entries == 2
    assert attic.world.schedule.at["dm:bad:too"] == attic.world.now + archiving.LATER_MS


def test_what_a_member_has_not_read_stays_so_that_every_count_is_the_same(attic: Attic):
    w = attic.world
    attic.talk(4)
    for seq in range(5, 8):
        w.now += HOUR_MS
        w.send(w.alice, f"m{seq}", seq - 1)
    w.mark(w.bob, delivered=7)
    w.notify(attic.all())
    attic.later(200)
    attic.run()
    assert attic.left() == [5, 6, 7]
    [summary] = w.sync(w.bob).conversations
    assert (summary.count, summary.unread) == (7, 3)
    w.mark(w.bob, read=6)
    attic.later(31)
    attic.run()
    assert attic.left() == [7]
    assert w.sync(w.bob).conversations[0].unread == 1


def test_whoever_replies_has_read_what_came_before(attic: Attic):
    w = attic.world
    for seq in range(1, 4):
        w.now += HOUR_MS
        w.send(w.alice, f"m{seq}", seq - 1)
    w.send(w.bob, "reply", 3)
    w.schedule.begin(DM, 0)
    w.mark(w.bob, delivered=3)
    w.mark(w.alice, delivered=4)
    w.notify(attic.all())
    attic.later(200)
    assert attic.run().entries == 3
