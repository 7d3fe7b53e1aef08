"""What a change of what is stored means."""

from msgspec.structs import replace

from parley.analytics import changes
from parley.analytics.model import Happening
from parley.chat.entries import Body, Event, MessageEntry, SystemEntry
from parley.chat.model import Membership
from parley.delivery.model import Connection, PushDevice, Recipient
from parley.media.model import Media

DM = "dm:alice:bob"
AT = 1_795_000_000_000


def entry(seq: int, text: str = "Hello", media: tuple[str, ...] = ()) -> MessageEntry:
    return MessageEntry(DM, seq, seq, f"m{seq}", "alice", AT, Body(text, media))


def test_a_message_is_recorded_by_its_length_and_never_its_text():
    (told,) = changes.of_entry("x", entry(2, "Come at nine"))
    assert told == Happening("x-message", "message", AT, "alice", DM, 2, size=12, detail="text")
    (told,) = changes.of_entry("x", entry(2, "", ("photo",)))
    assert (told.size, told.detail) == (0, "media")


def test_the_first_entry_of_a_conversation_starts_it():
    assert [h.kind for h in changes.of_entry("x", entry(1))] == ["started", "message"]
    system = SystemEntry(DM, 1, 0, "s", "alice", AT, Event("conversation_started"))
    assert [h.kind for h in changes.of_entry("x", system)] == ["started"]
    assert list(changes.of_entry("x", replace(system, seq=2))) == []


def test_each_mark_that_moves_says_from_where_to_where():
    old = Membership("bob", DM, delivered=3, read=2, pushed=1)
    new = replace(old, delivered=5, read=5, read_count=5)
    assert list(changes.of_membership("x", AT, old, new)) == [
        Happening("x-delivered", "delivered", AT, "bob", DM, 5, 3),
        Happening("x-read", "read", AT, "bob", DM, 5, 2),
    ]
    assert [h.kind for h in changes.of_membership("x", AT, old, replace(old, pushed=4))] == ["pushed"]
    assert list(changes.of_membership("x", AT, old, replace(old, muted=9, archived=True, last_activity=7))) == []


def test_sockets_open_and_close():
    one, two = Connection("c1", "phone", AT - 5, AT + 1), Connection("c2", "phone", AT - 1, AT + 1)
    old = Recipient("bob", "provider", 0, connections=(one,))
    told = list(changes.of_recipient("x", AT, old, replace(old, connections=(two,))))
    assert told == [
        Happening("x-c2", "connected", AT - 1, "bob", subject="c2"),
        Happening("x-c1", "disconnected", AT, "bob", subject="c1"),
    ]


def test_a_user_joins_once_and_devices_or_names_are_no_event():
    new = Recipient("bob", "provider", 0)
    assert list(changes.of_recipient("x", AT, None, new)) == [Happening("x-joined", "joined", AT, "bob")]
    changed = replace(new, name="Bob", seen=AT, devices=(PushDevice("phone", "fcm", "arn"),))
    assert list(changes.of_recipient("x", AT, new, changed)) == []


def test_an_upload_counts_when_it_is_verified_and_not_when_it_comes_back_from_the_archive():
    old = Media("m1", "alice", DM, "video/mp4", 5_000, "00", AT - 9)
    (told,) = changes.of_media("x", AT, old, replace(old, state="ready"))
    assert told == Happening("x-media", "media", AT, "alice", subject="m1", size=5_000, detail="video")
    assert list(changes.of_media("x", AT, replace(old, state="restoring"), replace(old, state="ready"))) == []
    assert list(changes.of_media("x", AT, old, replace(old, state="refused"))) == []
