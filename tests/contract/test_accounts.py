"""``parley.accounts.ports.Accounts`` and ``Exports``, on every adapter."""

import pytest
from msgspec.structs import replace

from parley.accounts.model import DAY_MS, DataIndex, Datum, DeletionRequest, Export, Profile
from parley.chat.entries import Body, MessageEntry
from parley.chat.model import ConversationSummary
from parley.core.errors import NotFound
from parley.core.writes import STORED, Occupied
from parley.delivery.model import Connection
from tests.contract.conftest import Storage

NOW = 1_795_417_200_000
BEN = DeletionRequest("ben", "Google_1", asked=NOW - 1, due=NOW)


@pytest.fixture
def known(storage: Storage) -> Storage:
    for user in ("ben", "bea"):
        storage.directory.upsert_user(user, "provider", user)
    return storage


def test_leaving_is_noted_once(known: Storage):
    assert known.accounts.leaving("ben") is None
    assert known.accounts.leave(BEN) == BEN
    assert known.accounts.leave(replace(BEN, due=NOW + 5)) == BEN
    assert known.accounts.leaving("ben") == BEN


def test_nobody_leaves_nothing(storage: Storage):
    with pytest.raises(NotFound):
        storage.accounts.leave(BEN)
    assert storage.accounts.leaving("ben") is None
    assert storage.accounts.due(NOW, None, 5) == []


def test_who_is_due_is_found_in_order_and_by_now(known: Storage):
    bea = replace(BEN, user="bea", due=NOW - 7)
    known.accounts.leave(BEN)
    known.accounts.leave(bea)
    assert known.accounts.due(NOW, None, 5) == [bea, BEN]
    assert known.accounts.due(NOW, None, 1) == [bea]
    assert known.accounts.due(NOW - 1, None, 5) == [bea]
    assert known.accounts.due(NOW, bea, 5) == [BEN]
    assert known.accounts.due(NOW, BEN, 5) == []
    assert known.accounts.due(NOW + 1000 * DAY_MS, None, 5) == [bea, BEN]


def test_those_behind_one_who_has_moved_on_are_found(known: Storage):
    bea = replace(BEN, user="bea", due=NOW - 7)
    known.accounts.leave(BEN)
    known.accounts.leave(bea)
    known.accounts.move(bea, replace(bea, due=NOW + 1))
    assert known.accounts.due(NOW, bea, 5) == [BEN]


def test_a_note_is_replaced_only_as_it_was_read(known: Storage):
    known.accounts.leave(BEN)
    begun = replace(BEN, stage="begun")
    cut = replace(begun, stage="cut", due=NOW + DAY_MS)
    assert known.accounts.move(begun, cut) == Occupied(BEN)
    assert known.accounts.move(BEN, begun) == STORED
    assert known.accounts.move(BEN, None) == Occupied(begun)
    assert known.accounts.due(NOW, None, 5) == [begun]
    assert known.accounts.move(begun, cut) == STORED
    assert (known.accounts.due(NOW, None, 5), known.accounts.due(NOW + DAY_MS, None, 5)) == ([], [cut])
    assert known.accounts.move(cut, None) == STORED
    assert known.accounts.move(cut, None) == Occupied(None)
    assert known.accounts.leaving("ben") is None
    assert known.accounts.due(NOW + DAY_MS, None, 5) == []


def test_everything_under_a_user_is_erased_but_the_note_and_nothing_of_others(known: Storage):
    known.accounts.leave(BEN)
    known.profiles.store(Profile("ben", "provider", 1, name="Ben", category="law"))
    known.directory.add_connection("ben", "provider", Connection("c1", "d", NOW, NOW + 1))
    for user in ("ben", "bea"):
        known.data.store(user, DataIndex(1, {"k": 1}), Datum("k", 1, "1"))
        known.exports.replace(None, Export(user, "e1", NOW))
    for n in range(60):
        known.directory.upsert_user(f"u{n:02}", "consumer", "")
        known.log.append(MessageEntry(f"dm:ben:u{n:02}", 1, 1, "m", "ben", NOW, Body("hi")), ("ben", f"u{n:02}"))
    known.directory.block("ben", "bea")
    known.directory.block("bea", "ben")
    while known.accounts.erase("ben"):
        pass
    assert not known.accounts.erase("ben")
    found = known.directory.find(recipients=["ben", "bea"], blocks=[("ben", "bea"), ("bea", "ben")], strong=True)
    assert (set(found.recipients), found.blocks) == ({"bea"}, {("bea", "ben")})
    assert known.directory.memberships("ben", "", 100) == ([], False)
    assert known.directory.memberships("u00", "", 100)[0]
    assert known.profiles.listed("law", ("", ""), 5) == ([], False)
    assert (known.data.index("ben").version, known.data.values("ben", ["k"])) == (0, {})
    assert known.data.index("bea").version == 1
    assert (known.exports.export("ben"), known.exports.export("bea")) == (None, Export("bea", "e1", NOW))
    assert known.accounts.leaving("ben") == BEN
    assert known.accounts.due(NOW, None, 5) == [BEN]


def test_an_archive_is_noted_on_top_of_the_one_before_it(known: Storage):
    first, ready = Export("ben", "e1", NOW), Export("ben", "e1", NOW, NOW + 1, 9)
    assert known.exports.export("ben") is None
    assert known.exports.replace(None, first) == STORED
    assert known.exports.replace(None, replace(first, id="e2")) == Occupied(first)
    assert known.exports.replace(first, ready) == STORED
    assert known.exports.replace(first, ready) == Occupied(ready)
    assert known.exports.export("ben") == ready
    known.exports.forget(first)
    assert known.exports.export("ben") == ready
    known.exports.forget(ready)
    assert known.exports.export("ben") is None


def test_nobody_has_no_archive(storage: Storage):
    with pytest.raises(NotFound):
        storage.exports.replace(None, Export("ben", "e1", NOW))
    assert storage.exports.export("ben") is None


def test_a_conversation_is_erased_whole_and_no_other(known: Storage):
    for name in ("dm:bea:ben", "dm:bea:bob"):
        for seq in range(1, 41):
            known.log.append(MessageEntry(name, seq, seq, f"m{seq}", "bea", NOW, Body("hi")), ("bea",))
        known.directory.advance_summary(ConversationSummary(name, 40, 40, NOW, "bea", "hi"))
    while known.conversations.erase("dm:bea:ben"):
        pass
    assert not known.conversations.erase("dm:bea:ben")
    assert known.log.after("dm:bea:ben", 0, 5) == ([], False)
    assert len(known.log.after("dm:bea:bob", 0, 50)[0]) == 40
    assert set(known.directory.find(summaries=["dm:bea:ben", "dm:bea:bob"], strong=True).summaries) == {"dm:bea:bob"}
