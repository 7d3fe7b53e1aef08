"""A conversation whose old entries are gone: to the archive, or because somebody has removed them."""

import pytest

from parley.archive.model import State
from parley.chat import sync
from parley.core import errors
from tests.unit.chat.world import DM, World

GONE = 10


@pytest.fixture
def shortened(world: World) -> World:
    """Alice and Bob have written 15 messages in turns, of which the last 5 are left."""
    world.fill(15)
    world.entries.remove(DM, 1, GONE)
    return world


@pytest.fixture
def archived(shortened: World) -> World:
    """The same, and the others are in the archive."""
    shortened.archive.states[DM] = State(DM, b"key", GONE)
    return shortened


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


@pytest.mark.parametrize(("since", "begins"), [(0, 11), (3, 11), (9, 11), (10, 0), (12, 0), (15, 0)])
def test_a_sync_says_where_the_log_begins_if_what_the_device_lacks_is_archived(
    archived: World, since: int, begins: int
):
    page = archived.sync(archived.bob, {DM: since} if since else {})
    assert page.begins == ({DM: begins} if begins else {})


def test_what_is_gone_and_not_in_the_archive_is_a_gap(shortened: World):
    assert shortened.sync(shortened.bob).begins == {}
    shortened.archive.states[DM] = State(DM, b"key", GONE - 1)
    assert shortened.sync(shortened.bob).begins == {}


@pytest.mark.parametrize("left", [{2, 3}, {1, 10}, {10}])
@pytest.mark.parametrize("skim", [1, 2, 8])
def test_a_sync_while_entries_leave_goes_on_behind_the_last_hole(
    archived: World, left: set[int], skim: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync, "SKIM", skim)
    archived.entries.removed[DM] -= left
    pages = archived.sync_all(archived.bob)
    entries = [e.seq for page in pages for e in page.entries]
    begins = max((page.begins.get(DM, 0) for page in pages), default=0)
    assert begins
    assert entries[entries.index(begins) :] == list(range(begins, 16))


def test_the_archive_is_asked_only_where_something_is_missing(archived: World):
    archived.archive.archived_through = None
    assert [e.seq for e in archived.sync(archived.bob, {DM: 10}).entries] == [11, 12, 13, 14, 15]


@pytest.mark.parametrize("read", [1, 9, GONE])
def test_a_mark_at_what_is_gone_counts_all_that_is_gone_as_read(shortened: World, read: int):
    marked = shortened.mark(shortened.alice, read=read).membership
    assert (marked.delivered, marked.read, marked.read_count) == (read, read, GONE)
    assert shortened.mark(shortened.alice, read=13).membership.read_count == 13


def test_delivery_of_what_is_gone_can_be_confirmed(shortened: World):
    assert shortened.mark(shortened.alice, delivered=5).membership.delivered == 5
    with pytest.raises(errors.BadRequest):
        shortened.mark(shortened.alice, delivered=16)
