"""Calls that may run side by side, and how they run one after the other."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Parallel(Protocol):
    """Runs calls that do not need each other's answers, side by side where the adapter can."""

    def both(self, one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
        """Both answers. If a call raises, its error is raised, after both have ended.

        ``other`` runs in the caller's thread, so it may itself use ``each``.
        """
        ...

    def each(self, call: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """``call`` of every item, in the items' order; errors as in ``both``. Must not be nested in itself."""
        ...


class InTurn:
    """A ``parley.chat.ports.Together`` that does one thing after the other."""

    def both(self, one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
        return one(), other()

    def each(self, call: Callable[[A], B], items: Sequence[A]) -> list[B]:
        return [call(i) for i in items]
