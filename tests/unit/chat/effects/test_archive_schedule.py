"""A new conversation is scheduled for the archive, once, and only where there is one."""

from parley.archive.memory import MemorySchedule
from parley.chat.effects import archive_schedule
from parley.chat.effects.settings import Archiving
from tests.unit.chat.world import DM, World


class Ports:
    def __init__(self, archiving: Archiving | None) -> None:
        self.archiving = archiving


def test_the_first_entry_schedules_its_conversation_and_no_later_one_does(world: World):
    schedule = MemorySchedule()
    ports = Ports(Archiving(schedule, after_ms=1_000))
    world.fill(3)
    entries = world.entries.entries[DM]
    archive_schedule.begin(entries[1:], ports)
    assert schedule.at == {}
    archive_schedule.begin(entries, ports)
    assert schedule.at == {DM: entries[0].at + 1_000}
    schedule.at[DM] = 5
    archive_schedule.begin(entries[:1], ports)
    assert schedule.at == {DM: 5}


def test_where_nothing_is_archived_nothing_is_scheduled(world: World):
    world.fill(1)
    archive_schedule.begin(world.entries.entries[DM], Ports(None))
    world.notify(world.entries.entries[DM])
    assert world.schedule.at == {}
