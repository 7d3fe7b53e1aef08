"""The ports of the directory table, on every adapter."""

import pytest
from msgspec.structs import replace

from parley.chat.entries import Body, MessageEntry
from parley.chat.model import ConversationSummary, Membership
from parley.core.errors import NotFound
from parley.core.writes import STORED, Occupied
from parley.delivery.model import Connection
from tests.contract.conftest import Storage

DM = "dm:alice:bob"


def connection(id: str, device: str = "phone", at: int = 1_000) -> Connection:
    return Connection(id=id, device=device, at=at, expires=at + 7_200_000)


def begin(storage: Storage, *conversations: str) -> None:
    for name in conversations:
        _, a, b = name.split(":")
        for user in (a, b):
            storage.directory.upsert_user(user, "consumer", "")
        storage.log.append(MessageEntry(name, 1, 1, "m", a, 1, Body("hi")), (a, b))


def membership(storage: Storage, user: str, conversation: str) -> Membership:
    key = (user, conversation)
    return storage.directory.find(memberships=[key], strong=True).memberships[key]


def test_attach_makes_the_user_exist_and_answers_all_connections(storage: Storage):
    storage.directory.add_connection("alice", "consumer", connection("c1="))
    recipient = storage.directory.add_connection("alice", "provider", connection("c2=", "tablet", at=2_000))
    assert sorted(recipient.connections, key=lambda c: c.id) == [
        connection("c1="),
        connection("c2=", "tablet", at=2_000),
    ]
    assert (recipient.role, recipient.seen) == ("consumer", 2_000)  # an old token does not bring back a revoked role
    storage.directory.upsert_user("alice", "provider", "")
    assert storage.directory.add_connection("alice", "consumer", connection("c3")).role == "provider"


def test_a_connection_is_marked_as_closing_and_an_unknown_one_stays_unknown(storage: Storage):
    storage.directory.mark_closing("nobody", ["c1"])
    storage.directory.add_connection("alice", "consumer", connection("c1"))
    storage.directory.add_connection("alice", "consumer", connection("c2"))
    storage.directory.mark_closing("alice", ["never-was", "c1"])
    found = storage.directory.recipients(["alice", "nobody"], strong=True)
    assert list(found) == ["alice"]
    assert {c.id: c.closing for c in found["alice"].connections} == {"c1": True, "c2": False}


def test_detach_forgets_only_the_named_connections(storage: Storage):
    storage.directory.add_connection("alice", "consumer", connection("c1"))
    storage.directory.add_connection("alice", "consumer", connection("c2"))
    storage.directory.remove_connections("alice", ["c1", "never-was"], 9_000)
    recipient = storage.directory.find(recipients=["alice"], strong=True).recipients["alice"]
    assert [c.id for c in recipient.connections] == ["c2"]
    assert recipient.seen == 9_000


def test_detach_without_a_time_leaves_when_the_user_was_seen(storage: Storage):
    storage.directory.add_connection("alice", "consumer", connection("c1"))
    storage.directory.remove_connections("alice", ["c1"], None)
    recipient = storage.directory.find(recipients=["alice"], strong=True).recipients["alice"]
    assert (recipient.connections, recipient.seen) == ((), 1_000)


def test_detaching_an_unknown_user_creates_nothing(storage: Storage):
    storage.directory.remove_connections("nobody", ["c1"], 9_000)
    assert storage.directory.find(recipients=["nobody"], strong=True).recipients == {}


def test_enrol_keeps_what_else_is_known(storage: Storage):
    storage.directory.add_connection("alice", "consumer", connection("c1"))
    storage.directory.upsert_user("alice", "provider", "Alice")
    recipient = storage.directory.find(recipients=["alice"], strong=True).recipients["alice"]
    assert (recipient.role, recipient.name, len(recipient.connections)) == ("provider", "Alice", 1)


def test_an_enrolled_user_exists_and_was_never_seen(storage: Storage):
    storage.directory.upsert_user("alice", "consumer", "Alice")
    assert storage.directory.find(recipients=["alice"], strong=True).recipients["alice"].seen == 0


def test_find_answers_any_mixture_and_leaves_out_what_is_not_there(storage: Storage):
    storage.directory.upsert_user("alice", "consumer", "")
    begin(storage, DM)
    storage.directory.block("bob", "alice")
    summary = ConversationSummary(DM, 1, 1, 1, "alice", "hi", {"alice": 1})
    storage.directory.advance_summary(summary)
    found = storage.directory.find(
        recipients=["alice", "nobody"],
        memberships=[("alice", DM), ("carol", DM)],
        blocks=[("bob", "alice"), ("alice", "bob")],
        summaries=[DM, "dm:x:y"],
        strong=True,
    )
    assert set(found.recipients) == {"alice"}
    assert set(found.memberships) == {("alice", DM)}
    assert found.blocks == {("bob", "alice")}
    assert found.summaries == {DM: summary}


def test_find_takes_more_than_one_batch(storage: Storage):
    users = [f"u{i}" for i in range(230)]
    for user in users:
        storage.directory.upsert_user(user, "consumer", "")
    assert set(storage.directory.find(recipients=users, strong=True).recipients) == set(users)


def test_memberships_come_in_order_and_in_pages(storage: Storage):
    names = sorted(f"dm:alice:{other}" for other in ("bob", "carol", "dave", "erin"))
    begin(storage, *reversed(names))
    first, more = storage.directory.memberships("alice", "", 3)
    assert ([m.conversation for m in first], more) == (names[:3], True)
    rest, _ = storage.directory.memberships("alice", names[2], 3)
    assert [m.conversation for m in rest] == names[3:]
    assert storage.directory.memberships("alice", names[3], 3) == ([], False)
    assert storage.directory.memberships("nobody", "", 3) == ([], False)


def test_a_head_only_moves_forward_and_remembers_every_sender(storage: Storage):
    first = ConversationSummary(DM, 2, 2, 20, "alice", "two", {"alice": 2})
    storage.directory.advance_summary(first)
    storage.directory.advance_summary(first)
    storage.directory.advance_summary(ConversationSummary(DM, 5, 5, 50, "bob", "five", {"bob": 5}))
    storage.directory.advance_summary(
        ConversationSummary(DM, 4, 4, 40, "bob", "four", {"alice": 3, "bob": 4, "carol": 4})
    )
    stored = storage.directory.find(summaries=[DM], strong=True).summaries[DM]
    assert stored == ConversationSummary(DM, 5, 5, 50, "bob", "five", {"alice": 3, "bob": 5, "carol": 4})


def test_marks_move_only_from_what_is_stored(storage: Storage):
    begin(storage, DM)
    none = Membership("bob", DM, last_activity=1)
    one, two = Membership("bob", DM, 1, 1, 1, last_activity=1), Membership("bob", DM, 2, 1, 1, last_activity=1)
    assert storage.directory.move_marks(none, one) == STORED
    assert storage.directory.move_marks(none, two) == Occupied(one)
    assert storage.directory.move_marks(one, two) == STORED
    assert storage.directory.memberships("bob", "", 1)[0] == [two]


def test_marks_of_no_member_are_not_created(storage: Storage):
    begin(storage, DM)
    with pytest.raises(NotFound):
        storage.directory.move_marks(Membership("carol", DM), Membership("carol", DM, 1))
    assert storage.directory.memberships("carol", "", 1)[0] == []


def test_the_pushed_mark_only_moves_forward_and_leaves_the_others(storage: Storage):
    begin(storage, DM)
    storage.directory.move_marks(Membership("bob", DM), Membership("bob", DM, 3, 2, 2))
    storage.directory.move_pushed("bob", DM, 4)
    storage.directory.move_pushed("bob", DM, 4)
    storage.directory.move_pushed("bob", DM, 1)
    storage.directory.move_pushed("carol", DM, 1)
    assert storage.directory.memberships("carol", "", 1)[0] == []
    assert storage.directory.memberships("bob", "", 1)[0] == [Membership("bob", DM, 3, 2, 2, 4, last_activity=1)]
    assert storage.directory.move_marks(Membership("bob", DM, 3, 2, 2), Membership("bob", DM, 5, 2, 2)) == STORED
    assert storage.directory.memberships("bob", "", 1)[0] == [Membership("bob", DM, 5, 2, 2, 4, last_activity=1)]


def test_recent_conversations_come_newest_first_in_pages(storage: Storage):
    begin(storage, "dm:alice:a1", "dm:alice:b1", "dm:alice:c1", "dm:bob:zoe")
    for name, at in (("dm:alice:b1", 30), ("dm:alice:a1", 20), ("dm:alice:c1", 21), ("dm:alice:c1", 10)):
        storage.directory.move_inbox_rank(membership(storage, "alice", name), at)
    first, more = storage.directory.inbox_page("alice", None, 2)
    assert (first, more) == ([(30, "dm:alice:b1"), (21, "dm:alice:c1")], True)
    rest, _ = storage.directory.inbox_page("alice", first[-1], 2)
    assert rest == [(20, "dm:alice:a1")]


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_of_conversations_of_equal_rank_neither_skip_nor_repeat_whatever_their_order(
    storage: Storage, size: int, archived: bool
):
    names = [f"dm:alice:b{n}" for n in range(5)]
    begin(storage, *names)
    for name in names:
        old = membership(storage, "alice", name)
        storage.directory.store_preferences(old, replace(old, archived=archived))
    found: list[tuple[int, str]] = []
    more = True
    while more:
        page, more = storage.directory.inbox_page("alice", found[-1] if found else None, size, archived=archived)
        found += page
    assert sorted(name for _, name in found) == names
    assert len({rank for rank, _ in found}) == 1


def test_recent_moves_only_where_there_is_a_membership(storage: Storage):
    storage.directory.move_inbox_rank(Membership("alice", "dm:alice:b1", last_activity=1), 9)
    assert storage.directory.inbox_page("alice", None, 5)[0] == []


def test_what_a_member_keeps_of_a_conversation_leaves_the_marks_alone_and_they_it(storage: Storage):
    begin(storage, DM)
    old = membership(storage, "alice", DM)
    new = replace(old, delivered=7, last_activity=9, muted=5_000, archived=True, pinned=True)
    assert storage.directory.store_preferences(old, new) == STORED
    assert storage.directory.move_marks(old, Membership("alice", DM, delivered=1)) == STORED
    kept = membership(storage, "alice", DM)
    assert kept == replace(old, delivered=1, muted=5_000, archived=True, pinned=True)
    assert storage.directory.store_preferences(old, old) == Occupied(kept)  # it has changed in the meantime
    with pytest.raises(NotFound):
        storage.directory.store_preferences(
            Membership("alice", "dm:alice:nobody"), Membership("alice", "dm:alice:nobody")
        )


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("beside", [{"muted": 5_000}, {"pinned": True}, {"archived": True}])
@pytest.mark.parametrize("change", [{"muted": 7_000}, {"pinned": True}, {"archived": True}])
def test_no_preference_is_stored_over_one_stored_meanwhile(
    storage: Storage, beside: dict[str, int | bool], change: dict[str, int | bool], *, archived: bool
):
    begin(storage, DM)
    begun = membership(storage, "alice", DM)
    old = replace(begun, archived=archived)
    assert storage.directory.store_preferences(begun, old) == STORED
    stored = replace(old, **beside)
    assert storage.directory.store_preferences(old, stored) == STORED
    new = replace(old, **change)
    assert storage.directory.store_preferences(old, new) == (STORED if stored == old else Occupied(stored))


def test_pinned_conversations_come_first_and_archived_ones_in_a_list_of_their_own(storage: Storage):
    names = [f"dm:alice:b{n}" for n in range(6)]
    begin(storage, *names)
    for n, name in enumerate(names):
        storage.directory.move_inbox_rank(membership(storage, "alice", name), 10 + n)
    for name, change in ((names[1], {"pinned": True}), (names[2], {"archived": True}), (names[4], {"archived": True})):
        old = membership(storage, "alice", name)
        storage.directory.store_preferences(old, replace(old, **change))
    storage.directory.move_inbox_rank(membership(storage, "alice", names[2]), 99)

    def all_of(*, archived: bool) -> list[str]:
        found: list[tuple[int, str]] = []
        more = True
        while more:
            page, more = storage.directory.inbox_page("alice", found[-1] if found else None, 1, archived=archived)
            found += page
        return [name for _, name in found]

    assert all_of(archived=False) == [names[1], names[5], names[3], names[0]]
    assert all_of(archived=True) == [names[2], names[4]]
    old = membership(storage, "alice", names[2])
    storage.directory.store_preferences(old, replace(old, archived=False))
    assert all_of(archived=False) == [names[1], names[2], names[5], names[3], names[0]]


def test_recent_is_not_moved_where_the_conversation_has_another_place_by_now(storage: Storage):
    begin(storage, DM)
    old = membership(storage, "alice", DM)
    storage.directory.store_preferences(old, replace(old, archived=True))
    storage.directory.move_inbox_rank(old, 50)
    assert membership(storage, "alice", DM) == replace(old, archived=True)


def test_who_is_enrolled_again_keeps_their_name_and_gets_the_role(storage: Storage):
    storage.directory.upsert_user("ben", "consumer", "Ben")
    storage.directory.upsert_user("ben", "provider", "Somebody else")
    storage.directory.upsert_user("ben", "provider", "")
    [recipient] = storage.directory.recipients(["ben"], strong=True).values()
    assert (recipient.name, recipient.role) == ("Ben", "provider")


def test_an_inbox_rank_says_when_something_was_last_written_however_it_is_kept(storage: Storage):
    begin(storage, DM)
    for pinned, archived in ((True, False), (True, True), (False, True), (False, False)):
        before = membership(storage, "alice", DM)
        wanted = replace(before, pinned=pinned, archived=archived)
        assert storage.directory.store_preferences(before, wanted) == STORED
        assert membership(storage, "alice", DM).last_activity == before.last_activity
        stored = membership(storage, "alice", DM)
        storage.directory.move_inbox_rank(stored, stored.last_activity + 7)
        assert membership(storage, "alice", DM) == replace(stored, last_activity=before.last_activity + 7)


def test_a_conversation_that_begins_again_keeps_its_members_rows(storage: Storage):
    begin(storage, DM)
    before = membership(storage, "alice", DM)
    storage.directory.move_inbox_rank(before, 9_000)
    storage.directory.move_pushed("alice", DM, 1)
    while storage.conversations.erase(DM):
        pass  # as when a table was restored without the entry that had created the rows
    assert storage.log.append(MessageEntry(DM, 1, 1, "again", "bob", 5_000, Body("hi")), ("alice", "bob")) == STORED
    stored = membership(storage, "alice", DM)
    assert (stored.last_activity, stored.pushed) == (9_000, 1)
