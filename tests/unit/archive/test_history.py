"""History reads on where the log ends, and says so where it has to wait."""

from typing import Any

import pytest

from parley.archive.ports import Broken
from parley.chat.history import History
from parley.core.errors import Archived, BadRequest, Forbidden
from tests.unit.archive.attic import Attic
from tests.unit.chat.world import DM


@pytest.fixture
def archived(attic: Attic) -> Attic:
    """A conversation of 20 entries, of which 12 are in the archive, in segments of 5."""
    attic.rules = attic.rules.__class__(after_ms=attic.rules.after_ms, segment_entries=5)
    attic.talk(12)
    attic.later(100)
    attic.talk(8)
    attic.later(100)
    attic.run()
    assert attic.left() == list(range(13, 21))
    return attic


def seqs(page: History) -> list[int]:
    return [e.seq for e in page.entries]


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_paging_back_has_every_entry_once_from_both_places(archived: Attic, limit: int):
    read: list[Any] = []
    page = archived.history(archived.world.bob, limit=limit)
    while True:
        assert page.entries
        assert len(page.entries) <= limit
        read = [*page.entries, *read]
        assert page.more == (read[0].seq > 1)
        if not page.more:
            break
        page = archived.history(archived.world.bob, before=read[0].seq, limit=limit)
    assert read == archived.all()


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_paging_forward_has_every_entry_once_from_both_places(archived: Attic, limit: int):
    read: list[Any] = []
    more = True
    while more:
        page = archived.history(archived.world.bob, after=len(read), limit=limit)
        read, more = [*read, *page.entries], page.more
    assert read == archived.all()


def test_the_log_alone_is_asked_where_it_has_what_is_wanted(archived: Attic):
    archived.world.archive.segment = None
    assert seqs(archived.history(archived.world.alice)) == list(range(13, 21))
    assert seqs(archived.history(archived.world.alice, before=16)) == [13, 14, 15]
    assert seqs(archived.history(archived.world.alice, after=12, limit=2)) == [13, 14]
    assert seqs(archived.history(archived.world.alice, before=1)) == []
    assert seqs(archived.history(archived.world.alice, before=0)) == []


@pytest.mark.parametrize(("before", "after"), [(13, None), (3, None), (None, 0), (None, 11)])
def test_what_has_to_be_restored_first_is_refused_as_archived(archived: Attic, before: int | None, after: int | None):
    archived.packs.cold.update(archived.packs.stored)
    with pytest.raises(Archived):
        archived.history(archived.world.alice, before=before, after=after)
    assert seqs(archived.history(archived.world.alice, before=14)) == [13]
    archived.packs.cold.clear()
    assert archived.history(archived.world.alice, before=before, after=after).entries


def test_beyond_the_ends_there_is_nothing_and_nobody_waits_for_it(archived: Attic):
    archived.packs.cold.update(archived.packs.stored)
    assert archived.history(archived.world.alice, after=20) == History([], more=False)
    assert archived.history(archived.world.alice, after=99) == History([], more=False)
    assert seqs(archived.history(archived.world.alice, before=99, limit=2)) == [19, 20]


def test_a_hole_in_what_leaves_the_log_just_now_is_never_shown(archived: Attic):
    removed = archived.world.entries.removed[DM]
    for back in ({3, 4}, {12}, {1, 12}, set(range(1, 13, 2))):
        removed.clear()
        removed.update(set(range(1, 13)) - back)
        test_paging_back_has_every_entry_once_from_both_places(archived, 50)
        test_paging_forward_has_every_entry_once_from_both_places(archived, 50)


def test_only_members_read_the_archive_and_one_way_at_a_time(archived: Attic):
    carol = archived.world.session("carol", "consumer", "phone-c")
    with pytest.raises(Forbidden):
        archived.history(carol, before=3)
    with pytest.raises(BadRequest):
        archived.history(archived.world.alice, before=3, after=1)


def test_what_was_changed_in_the_archive_is_not_shown(archived: Attic):
    archived.packs.stored = {name: data[::-1] for name, data in archived.packs.stored.items()}
    with pytest.raises(Broken):
        archived.history(archived.world.alice, before=3)
