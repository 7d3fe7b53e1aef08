"""The one contract of conditional writes: what was asked for is stored, or the slot is occupied by something else.

A conflict is a value of its own, never None or a bare bool, so that no caller can take it for a success.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from parley.core.errors import Unavailable

T = TypeVar("T")


class Stored(Struct, frozen=True):
    """What was asked for is stored, durably."""


class Occupied(Struct, Generic[T], frozen=True):
    """Nothing was stored, because something else was there."""

    current: T
    """What is there, read strongly."""


STORED = Stored()


def compare_and_set(
    stored: T, change: Callable[[T], T], store: Callable[[T, T], Stored | Occupied[T]], *, attempts: int, busy: str
) -> tuple[T, T]:
    """Change what is stored, again and again until no race is lost; what it was before, and what it is now.

    Args:
        stored: what was last read.
        change: the new value, decided from what is stored. An equal one ends it, and nothing is written.
        store: writes the new value on the condition that the old one is still what is stored.
        attempts: how many races may be lost.
        busy: what is wrong where all of them are, for the client's developer.

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
