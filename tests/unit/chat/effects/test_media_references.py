"""Which uploads a burst keeps from being collected."""

from parley.chat.entries import Body, MessageEntry
from tests.unit.chat.world import DM, World

FIRST, SECOND, LAST = (f"{n:026}" for n in range(3))


def test_every_entry_of_a_burst_keeps_all_its_media(world: World):
    world.send(world.alice, "m1", 0)
    noted: list[str] = []
    world.directory.add_reference = noted.append
    bodies = [Body("", (FIRST, SECOND)), Body("no media"), Body("", (LAST, FIRST))]
    world.notify([MessageEntry(DM, n, n, f"m{n}", "alice", world.now, body) for n, body in enumerate(bodies, start=2)])
    assert noted == [FIRST, SECOND, LAST]
