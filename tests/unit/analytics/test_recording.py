"""What is recorded says what happened, and not to whom."""

import json

import msgspec
import pytest
from msgspec.structs import replace

from parley.analytics import recording
from parley.analytics.memory import MemorySink, MemorySubjects
from parley.analytics.model import Event, Happening
from parley.chat.memory import MemoryDirectory

DM = "dm:alice:bob"
AT = 1_795_000_000_000  # 18 November 2026, 11:06:40 UTC
SENT = Happening("x1", "message", AT, "alice", DM, 1, size=5, detail="text")
READ = Happening("x2", "read", AT + 1_000, "bob", DM, 1, 0)
OPENED = Happening("x3", "connected", AT, "bob", subject="socket-1")


class World:
    def __init__(self) -> None:
        self.directory = MemoryDirectory()
        self.directory.upsert_user("alice", "consumer", "Alice")
        self.directory.upsert_user("bob", "provider", "Bob")
        self.sink = MemorySink()
        self.ports = recording.Ports(MemorySubjects(self.directory), self.sink)

    def record(self, *happenings: Happening) -> list[Event]:
        before = len(self.sink.events)
        recording.record(happenings, self.ports)
        return self.sink.events[before:]


@pytest.fixture
def world() -> World:
    return World()


def test_an_event_says_what_happened_when_and_in_which_role(world: World):
    (event,) = world.record(SENT)
    assert (event.event, event.kind, event.day, event.at_ms, event.role) == (
        "x1",
        "message",
        "2026-11-18",
        AT,
        "consumer",
    )
    assert (event.seq, event.size, event.detail) == (1, 5, "text")


def test_nothing_of_a_user_a_conversation_or_a_socket_is_in_an_event(world: World):
    told = msgspec.json.encode(world.record(SENT, READ, OPENED)).decode()
    assert not [name for name in ("alice", "bob", "dm:", "socket") if name in told]
    assert len(json.loads(told)) == 3


def test_the_same_user_and_conversation_have_the_same_pseudonyms_and_others_have_others(world: World):
    sent, read, opened = world.record(SENT, READ, OPENED)
    again, other = world.record(replace(SENT, seq=2), replace(SENT, conversation="dm:alice:carol"))
    assert sent.pseudonym == again.pseudonym != read.pseudonym == opened.pseudonym
    assert sent.conversation == read.conversation == again.conversation != other.conversation


def test_an_erased_user_is_forgotten_and_a_new_one_of_the_same_id_is_somebody_else(world: World):
    (before,) = world.record(READ)
    role = world.directory.users.pop("bob").role
    assert world.record(READ, OPENED) == []
    (alone,) = world.record(SENT)  # Alice goes on writing
    assert alone.conversation not in {"", before.conversation}
    world.directory.upsert_user("bob", role, "Bob")
    (after,) = world.record(READ)
    assert before.pseudonym != after.pseudonym
    assert before.conversation != after.conversation


def test_how_many_were_recorded_and_how_many_forgotten_is_told(world: World):
    told = recording.record([SENT, READ, replace(READ, user="nobody")], world.ports)
    assert told == recording.Recorded(events=2, forgotten=1)
    assert recording.record([], world.ports) == recording.Recorded()
