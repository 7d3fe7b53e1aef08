"""``parley.chat.ports.Log``, on every adapter."""

import pytest

from parley.chat import memory
from parley.chat.aws import log as aws_log
from parley.chat.entries import Body, Event, MessageEntry, SystemEntry
from parley.chat.inbox.summaries import newer
from parley.chat.model import Membership
from parley.chat.ports import NEWEST, NEWEST_CHARACTERS
from parley.core.errors import RateLimited
from parley.core.writes import STORED, Occupied
from tests.contract.conftest import Storage

DM = "dm:alice:bob"
MEMBERS = ("alice", "bob")


def entry(seq: int, id: str = "", text: str = "hello", sender: str = "alice") -> MessageEntry:
    return MessageEntry(DM, seq, seq, id or f"m{seq}", sender, 1_000 + seq, Body(text))


def fill(storage: Storage, n: int, text: str = "hello") -> list[MessageEntry]:
    entries = [entry(i, text=text) for i in range(1, n + 1)]
    for e in entries:
        assert storage.log.append(e, MEMBERS) == STORED
    return entries


def test_an_appended_entry_is_read_back_as_it_was(storage: Storage):
    written = entry(1, text="\x00 right-to-left \u202e שלום \U0001f600 \u0301 ü")
    assert storage.log.append(written, MEMBERS) == STORED
    assert storage.log.entry(DM, 1, strong=True) == written


def test_a_taken_slot_answers_with_its_holder_and_stores_nothing(storage: Storage):
    first, second = fill(storage, 2)
    assert storage.log.append(entry(1, "other"), MEMBERS) == Occupied(first)
    assert storage.log.append(entry(2, "other"), MEMBERS) == Occupied(second)
    assert storage.log.after(DM, 0, 10)[0] == [first, second]


def test_the_first_entry_creates_both_memberships(storage: Storage):
    fill(storage, 1)
    found = storage.directory.find(memberships=[(u, DM) for u in MEMBERS], strong=True)
    assert set(found.memberships) == {("alice", DM), ("bob", DM)}


def test_a_lost_race_for_the_first_slot_changes_no_membership(storage: Storage):
    fill(storage, 1)
    [before] = storage.directory.memberships("bob", "", 10)[0]
    storage.directory.move_marks(before, type(before)("bob", DM, delivered=1, read=1, read_count=1))
    storage.log.append(entry(1, "late"), MEMBERS)
    [after] = storage.directory.memberships("bob", "", 10)[0]
    assert after.read == 1


def test_newest_answers_the_end_of_the_log_in_order(storage: Storage):
    entries = fill(storage, 5)
    assert storage.log.newest(DM, 0, 2) == entries[3:]
    assert storage.log.newest(DM, 4, 10) == entries[3:]
    assert storage.log.newest(DM, 6, 10) == []
    assert storage.log.newest("dm:alice:carol", 0, 10) == []


def test_the_newest_are_read_back_until_they_are_many_characters(storage: Storage):
    entries = fill(storage, 30, text="x" * 8_000)
    assert storage.log.newest(DM, 0, 209) == entries[-NEWEST:]
    assert storage.log.newest(DM, 0, 5) == entries[-5:]
    assert storage.log.newest(DM, 28, 209) == entries[-3:]


@pytest.mark.parametrize(("more", "read"), [(0, 13), (1, 12)])
def test_the_newest_are_read_on_until_there_are_more_characters_than_the_limit(storage: Storage, more: int, read: int):
    assert storage.log.append(entry(1), MEMBERS) == STORED
    for seq in range(2, NEWEST + 2):
        last = NEWEST_CHARACTERS - (NEWEST - 1) * 2_000 + more
        storage.log.append(entry(seq, text="x" * (last if seq == NEWEST + 1 else 2_000)), MEMBERS)
    assert len(storage.log.newest(DM, 0, 209)) == read


def test_the_newest_are_all_read_if_they_are_short(storage: Storage):
    entries = fill(storage, 60, text="x" * 200)
    assert storage.log.newest(DM, 0, 209) == entries
    assert storage.log.newest(DM, 0, 50) == entries[-50:]


def test_a_page_of_large_entries_behind_short_ones_is_the_last(storage: Storage):
    for n in range(1, 41):
        storage.log.append(entry(n, text="x" * (8_000 if n <= 28 else 1)), MEMBERS)
    assert [e.seq for e in storage.log.newest(DM, 0, 209)] == list(range(41 - 2 * NEWEST, 41))


def test_after_answers_in_order_and_says_whether_more_may_follow(storage: Storage):
    entries = fill(storage, 5)
    first, more = storage.log.after(DM, 1, 2)
    assert (first, more) == (entries[1:3], True)
    rest, _ = storage.log.after(DM, 3, 10)
    assert rest == entries[3:]
    assert storage.log.after(DM, 5, 10) == ([], False)


def test_a_log_larger_than_one_answer_of_the_store_is_read_whole(storage: Storage):
    entries = fill(storage, 60, text="x" * 30_000)  # 1.8 MB; a DynamoDB query returns 1 MB
    read: list[MessageEntry] = []
    more = True
    while more:
        page, more = storage.log.after(DM, len(read), 100)
        read += page
    assert read == entries


def test_before_answers_the_last_ones_ahead_of_a_seq(storage: Storage):
    entries = fill(storage, 5)
    assert storage.log.before(DM, 4, 2) == entries[1:3]
    assert storage.log.before(DM, 3, 10) == entries[:2]
    assert storage.log.before(DM, 1, 10) == []
    assert storage.log.before(DM, 2**53 - 1, 2) == entries[3:]


def test_before_answers_those_next_to_the_seq_where_not_all_fit_into_one_answer(storage: Storage):
    fill(storage, 60, text="x" * 30_000)
    found = storage.log.before(DM, 60, 100)
    assert 0 < len(found) <= 59
    assert [e.seq for e in found] == list(range(60 - len(found), 60))


def test_there_is_no_entry_where_the_log_has_not_got_to(storage: Storage):
    fill(storage, 1)
    assert storage.log.entry(DM, 2, strong=True) is None
    assert storage.log.entry(DM, 2, strong=False) is None


def test_an_entrys_media_are_read_as_they_were_written(storage: Storage):
    body = Body("", ("01JDA0000000000000000000AA", "01JDA0000000000000000000BB"))
    storage.log.append(MessageEntry(DM, 1, 1, "m1", "alice", 1_001, body), ("alice", "bob"))
    stored = storage.log.entry(DM, 1, strong=True)
    assert stored is not None
    assert stored.body == body


def test_an_entry_of_any_kind_is_read_back_as_it_was(storage: Storage):
    happened = SystemEntry(DM, 1, 0, "s1", "alice", 1_001, Event("conversation_started", ("alice", "bob")))
    assert storage.log.append(happened, MEMBERS) == STORED
    assert storage.log.after(DM, 0, 10)[0] == [happened]


def test_a_summary_keeps_its_preview_behind_an_entry_that_has_none(storage: Storage):
    first, happened = entry(1), SystemEntry(DM, 2, 1, "s2", "bob", 1_002, Event("conversation_started"))
    for one in (first, happened):
        storage.directory.advance_summary(newer(None, [one]))
    [summary] = storage.directory.find(summaries=[DM], strong=True).summaries.values()
    assert (summary.seq, summary.count, summary.sender, summary.preview) == (2, 1, "alice", "hello")


def test_a_conversation_may_begin_with_an_entry_that_has_no_preview(storage: Storage):
    storage.directory.advance_summary(newer(None, [SystemEntry(DM, 1, 0, "s1", "bob", 1, Event("started"))]))
    [summary] = storage.directory.find(summaries=[DM], strong=True).summaries.values()
    assert (summary.seq, summary.sender, summary.preview) == (1, "", "")


def test_an_imported_conversation_begins_read_by_all_and_does_not_count(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
):
    for module in (memory, aws_log):
        monkeypatch.setattr(module, "MOST_BEGUN", 1)
    log = storage.log
    for n in range(3):  # as many as one likes, and later ones before earlier ones
        name = f"dm:alice:bob{n}"
        first = MessageEntry(name, 1, 1, f"legacy-{n}", "alice", 9_000_000 - n * 3_600_000, Body("hello"))
        assert log.begin_imported(first, ("alice", f"bob{n}")) == STORED
        assert log.begin_imported(first, ("alice", f"bob{n}")) == Occupied(first)
        keys = [("alice", name), (f"bob{n}", name)]
        rows = storage.directory.find(memberships=keys, strong=True).memberships
        assert rows == {
            key: Membership(*key, delivered=1, read=1, read_count=1, pushed=1, last_activity=first.at) for key in keys
        }
    other = entry(1)
    assert log.append(other, MEMBERS) == STORED
    assert log.begin_imported(entry(1, id="legacy-1"), MEMBERS) == Occupied(other)
    assert {m.read for m in storage.directory.find(memberships=[(u, DM) for u in MEMBERS]).memberships.values()} == {0}


def test_a_user_begins_so_many_conversations_in_an_hour(storage: Storage, monkeypatch: pytest.MonkeyPatch):
    for module in (memory, aws_log):
        monkeypatch.setattr(module, "MOST_BEGUN", 3)

    def begin(sender: str, n: int, at: int) -> object:
        name = f"dm:{sender}:{sender}{n}"
        return storage.log.append(
            MessageEntry(name, 1, 1, f"m{n}", sender, at, Body("hello")), (sender, f"{sender}{n}")
        )

    hour = 500_000 * 3_600_000
    assert [begin("alice", n, hour + n) for n in range(3)] == [STORED] * 3
    with pytest.raises(RateLimited) as raised:
        begin("alice", 3, hour + 3_000)
    assert raised.value.retry_after == 3_597
    assert storage.log.newest("dm:alice:alice3", 0, 5) == []
    assert storage.directory.find(memberships=[("alice3", "dm:alice:alice3")], strong=True).memberships == {}
    assert isinstance(begin("alice", 0, hour), Occupied)  # nothing is begun here
    assert begin("bob", 0, hour) == STORED
    assert begin("alice", 3, hour + 3_600_000) == STORED
