"""One suite for both stores, and tests of what only a file can do."""

import stat

import pytest
from parley_client.live.client import open_store
from parley_client.live.sqlite_store import SqliteStore
from parley_client.protocol import effects, wire
from parley_client.protocol.store import MemoryStore, StoreError, StoreInUse
from parley_client.protocol.values import Marks, Outgoing, Undelivered

from tests.unit.client.driver import ME, OTHER_TALK, TALK, YOU, entry


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    made = MemoryStore(ME) if request.param == "memory" else SqliteStore(tmp_path / "me.sqlite", ME, "device-1")
    yield made
    made.close()


def put(*numbers, sender=YOU, talk=TALK):
    return effects.PutEntries(tuple(wire.entry(entry(n, sender, talk)) for n in numbers))


MEDIA = "01M849TCP1YQCCPDNBXVPTH404"


def out(message_id, conversation=TALK):
    return Outgoing(message_id, conversation, YOU, "hello", (MEDIA,))


def test_a_new_store_holds_nothing(store):
    held = store.load()
    assert (held.cursors, held.outbox, held.marks, held.intents) == ({}, [], [], {})
    assert store.conversations() == []


def test_entries_move_the_cursor_and_come_back_whole(store):
    store.apply([put(1, 2), put(3)])
    assert store.load().cursors == {TALK: 3}
    assert store.entries(TALK, after=1, limit=1) == [wire.entry(entry(2))]
    assert [e.seq for e in store.latest(TALK, 2)] == [2, 3]
    assert store.latest(OTHER_TALK, 2) == []


def test_an_own_entry_is_found_by_its_id(store):
    store.apply([put(1), put(2, sender=ME)])
    assert store.sent(f"{ME}2").seq == 2
    assert store.sent(f"{YOU}1") is None


def test_the_outbox_keeps_its_order_and_lets_go_by_id(store):
    store.apply([effects.AddOutgoing(out(i)) for i in ("z", "a", "m")])
    store.apply([effects.RemoveOutgoing("a")])
    assert store.outbox() == store.load().outbox == [out("z"), out("m")]


def test_what_failed_is_kept_apart_until_it_is_dismissed_or_sent_again(store):
    store.apply([effects.AddOutgoing(out("a")), effects.AddOutgoing(out("b"))])
    store.apply([effects.FailOutgoing("a", "blocked", "no"), effects.FailOutgoing("b", "blocked", "no")])
    assert store.outbox() == []
    assert store.undelivered() == [Undelivered(out("a"), "blocked", "no"), Undelivered(out("b"), "blocked", "no")]
    store.dismiss("a")
    store.apply([effects.AddOutgoing(out("b"))])
    assert store.undelivered() == []
    assert store.outbox() == [out("b")]


def test_an_undelivered_message_that_is_stored_after_all_is_kept_no_longer(store):
    store.apply([effects.AddOutgoing(out("a")), effects.AddOutgoing(out("b"))])
    store.apply([effects.FailOutgoing("a", "blocked", "no"), effects.FailOutgoing("b", "blocked", "no")])
    assert store.load().undelivered == [out("a"), out("b")]
    store.apply([effects.RemoveOutgoing("a")])
    assert store.load().undelivered == [out("b")]
    assert [u.message for u in store.undelivered()] == [out("b")]


def test_marks_and_intents_are_replaced_and_an_empty_intent_is_none(store):
    store.apply([effects.PutMarks(Marks(TALK, YOU, 1, 0)), effects.PutMarks(Marks(TALK, YOU, 2, 1))])
    store.apply(
        [effects.PutIntent(TALK, 2, 1), effects.PutIntent(OTHER_TALK, 5, 0), effects.PutIntent(OTHER_TALK, 0, 0)]
    )
    assert store.load().marks == [Marks(TALK, YOU, 2, 1)]
    assert store.load().intents == {TALK: (2, 1)}


def test_the_users_own_marks_are_shown_as_far_as_they_were_meant(store):
    store.apply([effects.PutMarks(Marks(TALK, YOU, 2, 1)), effects.PutIntent(TALK, 3, 0)])
    assert {m.user: m for m in store.marks(TALK)} == {YOU: Marks(TALK, YOU, 2, 1), ME: Marks(TALK, ME, 3, 0)}
    store.apply([effects.PutMarks(Marks(TALK, ME, 2, 2))])
    assert {m.user: m for m in store.marks(TALK)}[ME] == Marks(TALK, ME, 3, 2)
    assert store.marks(OTHER_TALK) == []


def test_unread_counts_what_was_neither_read_nor_answered(store):
    def unread():
        return {c.id: c.unread for c in store.conversations()}

    store.apply([put(1, 2, 3, 4)])
    assert unread() == {TALK: 4}
    store.apply([effects.PutMarks(Marks(TALK, ME, 4, 1))])
    assert unread() == {TALK: 3}
    store.apply([effects.PutIntent(TALK, 3, 3)])
    assert unread() == {TALK: 1}
    store.apply([put(5, sender=ME), put(6)])
    assert unread() == {TALK: 1}
    store.apply([effects.PutMarks(Marks(TALK, ME, 99, 99))])  # another device has read further than this one
    assert unread() == {TALK: 0}


def test_skipping_leaves_no_hole_and_what_was_skipped_counts_as_read(store):
    store.apply([put(1, 2), put(1, talk=OTHER_TALK), effects.Skip(TALK, 60)])
    assert store.load().cursors == {TALK: 60, OTHER_TALK: 1}
    assert {c.id: (c.seq, c.unread, c.last is None) for c in store.conversations()}[TALK] == (60, 0, True)
    store.apply([put(61, 62, 63)])
    assert [e.seq for e in store.entries(TALK)] == [61, 62, 63]
    assert {c.id: c.unread for c in store.conversations()} == {TALK: 3, OTHER_TALK: 1}
    store.apply([effects.PutMarks(Marks(TALK, ME, 63, 62))])
    assert {c.id: c.unread for c in store.conversations()}[TALK] == 1


def test_conversations_come_newest_first(store):
    store.apply([put(1, 2), put(1, 2, 3, talk=OTHER_TALK)])
    assert [(c.id, c.seq, c.last.seq) for c in store.conversations()] == [(OTHER_TALK, 3, 3), (TALK, 2, 2)]


def test_going_back_forgets_what_came_after_and_nothing_else(store):
    marks = [effects.PutMarks(Marks(TALK, u, 5, 4)) for u in (ME, YOU)]
    store.apply([put(1, 2, 3, 4, 5), put(1, talk=OTHER_TALK), *marks, effects.PutIntent(TALK, 5, 5)])
    store.apply([effects.Rewind(TALK, 3)])
    assert [e.seq for e in store.entries(TALK)] == [1, 2, 3]
    held = store.load()
    assert held.cursors == {TALK: 3, OTHER_TALK: 1}
    assert {(m.delivered, m.read) for m in held.marks} == {(3, 3)}
    assert held.intents == {TALK: (3, 3)}


def test_a_restart_keeps_the_outbox_and_nothing_of_the_conversations(store):
    assert store.load().generation == ""
    store.apply([put(1, 2), put(1, talk=OTHER_TALK), effects.AddOutgoing(out("a")), effects.PutGeneration("one")])
    assert (store.load().cursors, store.load().generation) == ({TALK: 2, OTHER_TALK: 1}, "one")
    store.apply([effects.AddOutgoing(out("b")), effects.FailOutgoing("b", "blocked", "no")])
    store.apply([effects.PutMarks(Marks(TALK, YOU, 2, 2)), effects.PutIntent(TALK, 2, 2), effects.Restart("two")])
    held = store.load()
    assert (held.cursors, held.marks, held.intents, held.generation) == ({}, [], {}, "two")
    assert (held.outbox, held.undelivered) == ([out("a")], [out("b")])
    assert (store.entries(TALK), store.conversations(), store.marks(TALK)) == ([], [], [])
    store.apply([put(1, 2, 3)])
    assert store.load().cursors == {TALK: 3}


# -- the file


def test_everything_is_there_after_a_crash(tmp_path):
    first = open_store(tmp_path, ME)
    first.apply([put(1, 2), effects.AddOutgoing(out("a")), effects.PutIntent(TALK, 2, 0)])
    first._db.close()  # the end of the process does no more
    again = open_store(tmp_path, ME)
    held = again.load()
    assert (held.cursors, held.outbox, held.intents) == ({TALK: 2}, [out("a")], {TALK: (2, 0)})
    assert again.device == first.device


def test_a_step_is_stored_whole_or_not_at_all(tmp_path):
    store = open_store(tmp_path, ME)
    with pytest.raises(StoreError):
        store.apply([effects.AddOutgoing(out("a")), put(1), put(1)])
    assert store.load().outbox == []
    store.apply([put(1)])
    assert store.load().cursors == {TALK: 1}


def test_a_second_process_gets_one_clear_error_until_the_first_has_gone(tmp_path):
    first = open_store(tmp_path, ME)
    with pytest.raises(StoreInUse, match="end it, or give this one a directory of its own"):
        open_store(tmp_path, ME)
    first.close()
    open_store(tmp_path, ME).close()


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look at" * 50, b"SQLite format 3\x00" + b"\xff" * 5_000]
)
def test_a_damaged_file_is_one_clear_error(tmp_path, content):
    (tmp_path / "me.sqlite").write_bytes(content)
    with pytest.raises(StoreError, match=r"me\.sqlite"):
        open_store(tmp_path, ME)


def test_a_file_damaged_within_is_noticed_at_the_start(tmp_path):
    store = open_store(tmp_path, ME)
    store.apply([put(*range(1, 500))])
    store.close()
    path = tmp_path / "me.sqlite"
    content = bytearray(path.read_bytes())
    content[8_192 : 8_192 + 4_096 * 8] = b"\x7f" * 4_096 * 8
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"me\.sqlite"):
        open_store(tmp_path, ME)


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(StoreError):
            open_store(home, ME)


def test_the_file_of_another_user_or_a_newer_client_is_refused(tmp_path):
    store = open_store(tmp_path, ME)
    store._db.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(StoreError, match="newer"):
        open_store(tmp_path, ME)
    open_store(tmp_path, YOU).close()
    with pytest.raises(StoreError, match="another user"):
        SqliteStore(tmp_path / f"{YOU}.sqlite", ME, "d")


def test_a_file_from_before_there_were_media_keeps_what_is_unsent(tmp_path):
    store = open_store(tmp_path, ME)
    store.apply([effects.AddOutgoing(Outgoing("m1", TALK, YOU, "hello"))])
    store._db.executescript("ALTER TABLE outbox DROP COLUMN media; PRAGMA user_version = 1")
    store.close()
    for _ in range(2):
        again = open_store(tmp_path, ME)
        again.apply([effects.AddOutgoing(out("m2"))])
        assert again.outbox() == [Outgoing("m1", TALK, YOU, "hello"), out("m2")]
        again.close()


def test_nobody_else_may_read_it(tmp_path):
    home = tmp_path / "home"
    store = open_store(home, ME)
    store.apply([put(1)])
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in home.iterdir()} == {0o600}


def test_what_is_stored_has_reached_the_disk(tmp_path):
    store = open_store(tmp_path, ME)
    assert store._rows("PRAGMA synchronous") == [(2,)]  # FULL: in WAL mode, NORMAL may lose the last steps
    assert store._rows("PRAGMA journal_mode") == [("wal",)]
    store.close()
