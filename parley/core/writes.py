"""The contract of all conditional writes: either the new value is stored, or the slot is occupied by something else.

A conflict is a value of its own, never None or a bare bool, so that no caller can mistake it for a success.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from parley.core.errors import Unavailable

T = TypeVar("T")


class Stored(Struct, frozen=True):
    """The value is stored durably."""


class Occupied(Struct, Generic[T], frozen=True):
    """Nothing was stored, because something else was there."""

    current: T
    """What is there, from a strongly consistent read."""


STORED = Stored()


def compare_and_set(
    stored: T, change: Callable[[T], T], store: Callable[[T, T], Stored | Occupied[T]], *, attempts: int, busy: str
) -> tuple[T, T]:
    """Change what is stored, and try again after a lost race. Returns the value before the change and after it.

    Args:
        stored: the value that was last read.
        change: decides the new value from the stored one. If the two are equal, nothing is written.
        store: writes the new value on the condition that the old one is still stored.
        attempts: how many times to try.
        busy: the error message if every attempt loses a race, for the client's developer.

    Raises:
        Unavailable: every attempt lost a race.
    """
    for _ in range(attempts):
        new = change(stored)
        if new == stored:
            return stored, stored
        outcome = store(stored, new)
        if isinstance(outcome, Stored):
            return stored, new
        stored = outcome.current
    raise Unavailable(busy, retry_after=1)
