"""A kind of entry that is neither unread, previewed nor pushed, through every step of an entry's life."""

import msgspec
import pytest
from msgspec.structs import replace

from parley.chat.aws import items
from parley.chat.entries import Body, Entry, Event, MessageEntry, SystemEntry, kind_of
from parley.chat.events import Message
from parley.chat.inbox import badge, summaries
from parley.core.writes import STORED
from parley.delivery.events import encode
from rest import entries as rest_entries
from tests.unit.chat.world import DM, World

STARTED = SystemEntry(DM, 2, 1, "s2", "alice", 1_000_000, Event("conversation_started", ("alice", "bob")))


@pytest.fixture
def begun(world: World) -> World:
    """A conversation with a message, and then a system entry."""
    world.send(world.alice, "m1", 0, "Hello")
    world.register("bob", "phone-b", "fcm", "token")
    assert world.log.append(STARTED, ("alice", "bob")) == STORED
    return world


@pytest.mark.parametrize("entry", [STARTED, MessageEntry(DM, 1, 1, "m1", "alice", 5, Body("", ("M1", "M2")))])
def test_an_entry_of_any_kind_is_stored_and_encoded_as_what_it_is(entry: Entry):
    assert items.entry(items.entry_item(entry)) == entry
    told = msgspec.json.decode(encode(Message(entry=entry)))["entry"]
    assert (told["kind"], msgspec.convert(told, Entry)) == (entry.kind, entry)
    assert rest_entries.Entry(**msgspec.to_builtins(entry)).model_dump(exclude_defaults=True)["kind"] == entry.kind


def test_a_kind_that_this_version_does_not_know_is_an_error_of_its_own():
    with pytest.raises(ValueError, match="poll"):
        items.entry({**items.entry_item(STARTED), "kind": {"S": "poll"}})


def test_a_system_entry_is_synced_and_delivered_and_is_not_unread(begun: World):
    begun.connect(begun.bob)
    begun.now += 10_000
    offered = begun.notify(begun.entries.entries[DM])
    assert [f["entry"]["kind"] for f in begun.heard(begun.bob, "message")] == ["message", "system"]
    assert offered.pushes == 1
    [page] = begun.sync_all(begun.bob)
    assert [e.kind for e in page.entries] == ["message", "system"]
    assert (page.conversations[0].seq, page.conversations[0].unread) == (2, 1)
    assert badge.badge("bob", begun.now, begun.directory, begun.directory) == 1


def test_the_preview_and_the_push_stay_those_of_the_message_before(begun: World):
    begun.notify(begun.entries.entries[DM][:1])
    summary = begun.stored.summaries[DM]
    assert begun.notify([STARTED]).pushes == 0
    assert begun.stored.summaries[DM] == replace(summary, seq=2, at=STARTED.at)
    assert summary.preview == "Hello"


def test_the_next_message_is_counted_as_if_it_were_not_there(begun: World):
    assert begun.send(begun.bob, "m3", 2).entry.count == 2


def test_every_kind_of_the_union_is_known_by_its_name():
    for kind in Entry.__args__:
        assert kind_of(kind.kind)[0] is kind
        assert kind.__struct_config__.tag == kind.kind


def test_what_members_have_sent_is_kept_of_two_and_never_of_a_crowd():
    group = "g:01JDA0000000000000000000AA"
    said = [MessageEntry(group, n, n, f"m{n}", f"user-{n}", n, Body("hi")) for n in range(1, 1_001)]
    assert summaries.newer(None, said).sent == {}
    assert summaries.newer(None, [MessageEntry(DM, 1, 1, "m1", "alice", 5, Body("hi"))]).sent == {"alice": 1}
