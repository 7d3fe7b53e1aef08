"""Conversations of the legacy application, in memory: in order, once, read by both, and told to nobody."""

import pytest

from parley.chat.entries import Entry
from parley.chat.memory import MemoryLog
from parley.core.errors import Unavailable
from parley.core.writes import Occupied, Stored
from parley.migration import history
from parley.migration.model import LegacyMessage
from tests.unit.chat.world import DM, World

YEAR = 365 * 24 * 3600 * 1000
NOW = 50 * YEAR
MINUTE = 60_000


def messages(number: int, newest: int = NOW - YEAR) -> list[LegacyMessage]:
    return [
        LegacyMessage(str(100 + n), "alice" if n % 3 else "bob", newest - (number - 1 - n) * MINUTE, f"text {n}")
        for n in range(number)
    ]


def ports(world: World, log: MemoryLog | None = None) -> history.Ports:
    return history.Ports(
        log=log or world.log,
        imported=log or world.entries,
        snapshots=world.directory,
        memberships=world.directory,
        summaries=world.directory,
    )


@pytest.fixture(autouse=True)
def _today(world: World) -> None:
    world.now = NOW


def written(world: World) -> list[Entry]:
    return world.entries.entries[DM]


def test_messages_become_entries_without_gaps_that_keep_their_times(world: World):
    told = messages(5)
    assert history.bring(DM, told, NOW, ports(world)) == history.Result(entries=5, stored=5, verified=5)
    assert [(e.seq, e.count, e.id, e.sender, e.at) for e in written(world)] == [
        (n, n, f"legacy-{m.id}", m.sender, m.at) for n, m in enumerate(told, 1)
    ]


def test_both_have_read_everything_and_see_it_in_their_inboxes_where_it_belongs(world: World):
    told = messages(5)
    history.bring(DM, told, NOW, ports(world))
    for user in ("alice", "bob"):
        row = world.stored.members[user, DM]
        assert (row.delivered, row.read, row.read_count, row.pushed, row.last_activity) == (5, 5, 5, 5, told[-1].at)
        assert world.stored.summaries[DM].unread(row) == 0
    assert (world.stored.summaries[DM].seq, world.stored.summaries[DM].preview) == (5, "text 4")


def test_again_it_stores_nothing_and_finds_everything(world: World):
    history.bring(DM, messages(5), NOW, ports(world))
    before = (list(written(world)), dict(world.stored.members), dict(world.stored.summaries))
    assert history.bring(DM, messages(5), NOW, ports(world)) == history.Result(5, stored=0, verified=5)
    assert (written(world), world.stored.members, world.stored.summaries) == before


class Failing(MemoryLog):
    """Fails at the n-th write."""

    left = 0

    def append(self, entry: Entry, members: object) -> Stored | Occupied[Entry]:
        if self.left == 0:
            raise Unavailable("gone")
        self.left -= 1
        return super().append(entry, members)


@pytest.mark.parametrize("stop", range(5))
def test_wherever_it_stops_it_goes_on_from_there(world: World, stop: int):
    log = Failing(world.stored)
    log.left = stop
    with pytest.raises(Unavailable):
        history.bring(DM, messages(6), NOW, ports(world, log))
    log.left = 100
    assert history.bring(DM, messages(6), NOW, ports(world, log)) == history.Result(6, stored=5 - stop, verified=6)
    assert {m.read for m in world.stored.members.values()} == {6}


def test_what_is_said_afterwards_follows_and_is_unread(world: World):
    history.bring(DM, messages(3), NOW, ports(world))
    world.send(world.alice, "m1", 3)
    assert [e.seq for e in written(world)] == [1, 2, 3, 4]
    history.bring(DM, messages(3), NOW, ports(world))
    assert world.stored.members["bob", DM].read == 3, "the mark stays where it is"


def test_a_conversation_that_has_begun_here_is_left_alone_and_said_so(world: World):
    world.send(world.alice, "m1", 0)
    before = dict(world.stored.members)
    result = history.bring(DM, messages(3), NOW, ports(world))
    assert (result, result.whole) == (history.Result(3), False)
    assert ([e.id for e in written(world)], world.stored.members) == (["m1"], before)


def test_one_that_is_written_in_halfway_keeps_what_it_has_and_says_so(world: World):
    log = Failing(world.stored)
    log.left = 1
    with pytest.raises(Unavailable):
        history.bring(DM, messages(4), NOW, ports(world, log))
    world.log, world.entries = log, log
    log.left = 100
    world.send(world.alice, "m1", 2)
    result = history.bring(DM, messages(4), NOW, ports(world, log))
    assert (result.verified, result.whole) == (2, False)
    assert [e.id for e in log.entries[DM]] == ["legacy-100", "legacy-101", "m1"]


def test_another_who_imports_the_same_at_once_is_no_conflict(world: World):
    class Racing(MemoryLog):
        def append(self, entry: Entry, members: object) -> Stored | Occupied[Entry]:
            super().append(entry, members)
            return super().append(entry, members)

    log = Racing(world.stored)
    assert history.bring(DM, messages(4), NOW, ports(world, log)) == history.Result(4, stored=1, verified=4)


def test_a_long_text_goes_on_in_further_entries(world: World):
    [message] = messages(1)
    long = LegacyMessage(message.id, message.sender, message.at, "a" * 8_000 + "b" * 8_000 + "c")
    assert history.bring(DM, [long], NOW, ports(world)).whole
    assert [(e.id, len(e.body.text)) for e in written(world)] == [
        ("legacy-100", 8_000), ("legacy-100-2", 8_000), ("legacy-100-3", 1),
    ]  # fmt: skip


def test_a_conversation_without_a_text_is_none(world: World):
    assert history.bring(DM, [], NOW, ports(world)) == history.Result(0)
    assert world.entries.entries == {}


@pytest.mark.parametrize("age", [YEAR, 2 * 24 * 3600 * 1000])
def test_nobody_is_told_of_what_is_old_live_or_by_a_push(world: World, age: int):
    world.register("bob", "phone-b", "fcm", "token")
    world.connect(world.alice, world.bob)
    told = messages(6, newest=NOW - age)
    for unread in (False, True):  # even where the marks say nothing: they are moved last
        history.bring(DM, told, NOW, ports(world))
        if unread:
            for key, row in world.stored.members.items():
                world.stored.members[key] = type(row)(row.user, row.conversation)
        assert world.notify(written(world)).wait_ms == 0
        assert (world.push.sent, sockets_told(world)) == ({}, [])


def test_nobody_gets_a_push_for_what_was_said_today_either(world: World):
    """The stream shows each entry as soon as it is stored, before the import is over."""
    world.register("bob", "phone-b", "fcm", "token")

    class Streaming(MemoryLog):
        def append(self, entry: Entry, members: object) -> Stored | Occupied[Entry]:
            outcome = super().append(entry, members)
            world.notify([entry])
            return outcome

        def begin_imported(self, entry: Entry, members: object) -> Stored | Occupied[Entry]:
            outcome = super().begin_imported(entry, members)
            world.notify([entry])
            return outcome

    assert history.bring(DM, messages(6, newest=NOW - MINUTE), NOW, ports(world, Streaming(world.stored))).whole
    assert world.push.sent == {}
    world.log = world.entries


def test_a_message_of_now_is_pushed_as_ever(world: World):
    world.register("bob", "phone-b", "fcm", "token")
    history.bring(DM, messages(2), NOW, ports(world))
    world.send(world.alice, "m1", 2)
    world.now += 5_000
    world.notify(written(world)[-1:])
    assert [n.seq for n in world.push.sent["fcm/token"]] == [3]


def sockets_told(world: World) -> list[object]:
    return [frame for session in (world.alice, world.bob) for frame in world.heard(session)]
