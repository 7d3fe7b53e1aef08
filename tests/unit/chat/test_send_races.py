"""What a send decides again after each race that it loses."""

import pytest

from parley.chat import send
from parley.chat.entries import Body, Entry, MessageEntry
from parley.core import errors
from parley.core.writes import Occupied, Stored
from tests.unit.chat.world import DM, World


def racing(world: World, *rivals: MessageEntry) -> None:
    """Before an append of anybody else, each of these entries takes its slot in turn."""
    original, waiting = world.entries.append, list(rivals)

    def append(entry: Entry, members: tuple[str, ...]) -> Stored | Occupied[Entry]:
        if waiting:
            original(waiting.pop(0), members)
        return original(entry, members)

    world.entries.append = append


def rival(world: World, seq: int, by: str = "bob", id: str = "rival") -> MessageEntry:
    return MessageEntry(DM, seq, seq, id, by, world.now, Body("hi"))


def test_a_conversation_that_a_race_has_made_too_long_is_a_conflict(world: World):
    world.fill(send.SPAN)
    world.now += 60_000
    racing(world, rival(world, send.SPAN + 1))
    with pytest.raises(errors.Conflict) as refused:
        world.send(world.alice, "new", 0)
    assert refused.value.tail == send.SPAN + 1
    assert world.entries.entries[DM][-1].id == "rival"


def test_an_entry_behind_a_lost_race_has_the_seq_and_the_count_after_it(world: World):
    racing(world, rival(world, 1), rival(world, 2, id="another"))
    sent = world.send(world.alice, "new", 0)
    assert (sent.entry.seq, sent.entry.count, sent.repeated, sent.conflicts) == (3, 3, False, 2)


def test_ones_own_attempt_that_won_meanwhile_is_found(world: World):
    racing(world, rival(world, 1, by="alice", id="new"))
    sent = world.send(world.alice, "new", 0)
    assert (sent.entry.seq, sent.repeated, len(world.entries.entries[DM])) == (1, True, 1)


def test_who_has_written_too_much_meanwhile_is_refused(world: World):
    world.rules = send.Rules(burst=2, burst_ms=4_000)
    world.send(world.alice, "m1", 0)
    racing(world, rival(world, 2, by="alice", id="m2"))
    with pytest.raises(errors.RateLimited):
        world.send(world.alice, "m3", 1)
