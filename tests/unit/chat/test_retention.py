"""A conversation whose old entries are gone, as a rule of retention or a deletion would leave it."""

from collections.abc import Sequence

import pytest

from parley.chat.entries import Entry
from parley.chat.memory import MemoryLog
from parley.core import errors
from tests.unit.chat.world import DM, World

GONE = 10


class Shortened(MemoryLog):
    """A log that shows nothing up to ``GONE``."""

    def newest(self, conversation: str, since: int, limit: int) -> list[Entry]:
        return _left(super().newest(conversation, since, limit))

    def after(self, conversation: str, seq: int, limit: int) -> tuple[list[Entry], bool]:
        return super().after(conversation, max(seq, GONE), limit)

    def before(self, conversation: str, seq: int, limit: int) -> list[Entry]:
        return _left(super().before(conversation, seq, limit))

    def entry(self, conversation: str, seq: int, *, strong: bool) -> Entry | None:
        return super().entry(conversation, seq, strong=strong) if seq > GONE else None


def _left(entries: Sequence[Entry]) -> list[Entry]:
    return [e for e in entries if e.seq > GONE]


@pytest.fixture
def shortened(world: World) -> World:
    """Alice and Bob have written 15 messages in turns, of which the last 5 are left."""
    world.fill(15)
    log = Shortened(world.stored)
    log.entries = world.entries.entries
    world.log = log
    return world


@pytest.mark.parametrize("id", ["fill-0", "new"])
def test_whether_an_id_was_sent_before_is_not_guessed(shortened: World, id: str):
    with pytest.raises(errors.Conflict) as raised:
        shortened.send(shortened.alice, id, 0)
    assert raised.value.tail == 15


def test_an_id_among_what_is_left_is_found(shortened: World):
    again = shortened.send(shortened.alice, "fill-12", GONE)
    assert (again.repeated, again.entry.seq) == (True, 13)
    new = shortened.send(shortened.alice, "new", GONE)
    assert (new.repeated, new.entry.seq, new.entry.count) == (False, 16, 16)


@pytest.mark.parametrize("since", [0, 3, GONE])
def test_a_sync_from_before_what_is_left_begins_there(shortened: World, since: int):
    page = shortened.sync(shortened.bob, {DM: since} if since else {})
    assert [e.seq for e in page.entries] == [11, 12, 13, 14, 15]
    [summary] = page.conversations
    assert (summary.seq, summary.count) == (15, 15)


@pytest.mark.parametrize("read", [1, 9, GONE])
def test_a_mark_at_what_is_gone_counts_all_that_is_gone_as_read(shortened: World, read: int):
    marked = shortened.mark(shortened.alice, read=read).membership
    assert (marked.delivered, marked.read, marked.read_count) == (read, read, GONE)
    assert shortened.mark(shortened.alice, read=13).membership.read_count == 13


def test_delivery_of_what_is_gone_can_be_confirmed(shortened: World):
    assert shortened.mark(shortened.alice, delivered=5).membership.delivered == 5
    with pytest.raises(errors.BadRequest):
        shortened.mark(shortened.alice, delivered=16)
