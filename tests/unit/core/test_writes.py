import pytest

from parley.core.errors import Unavailable
from parley.core.writes import STORED, Occupied, Stored, compare_and_set


class Slot:
    """A number that others write too."""

    def __init__(self, stored: int, *raced: int) -> None:
        self.stored = stored
        self.raced = list(raced)
        self.writes = 0

    def store(self, old: int, new: int) -> Stored | Occupied[int]:
        if self.raced:
            self.stored = self.raced.pop(0)
        if self.stored != old:
            return Occupied(self.stored)
        self.stored, self.writes = new, self.writes + 1
        return STORED


def increment(slot: Slot, read: int, attempts: int = 3) -> tuple[int, int]:
    return compare_and_set(read, lambda n: n + 1, slot.store, attempts=attempts, busy="many at once")


def test_a_change_is_decided_again_from_what_another_has_stored():
    slot = Slot(1, 7)
    assert increment(slot, 1) == (7, 8)
    assert slot.stored == 8


def test_a_change_that_changes_nothing_is_not_written():
    slot = Slot(1)
    assert compare_and_set(1, lambda n: n, slot.store, attempts=3, busy="") == (1, 1)
    assert slot.writes == 0


def test_after_the_last_race_lost_it_says_so_and_may_be_tried_again():
    slot = Slot(1, 2, 3, 4)
    with pytest.raises(Unavailable, match="many at once") as raised:
        increment(slot, 1)
    assert (raised.value.retryable, raised.value.retry_after) == (True, 1)
    assert slot.writes == 0
