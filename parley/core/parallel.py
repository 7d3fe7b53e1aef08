"""Calls that may run in parallel, and an implementation that runs them one after the other."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Parallel(Protocol):
    """Runs calls that do not need each other's results, in parallel if the adapter can."""

    def both(self, one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
        """Both results. If a call raises, its error is raised after both calls have ended.

        ``other`` runs in the caller's thread, so it may itself use ``each``.
        """
        ...

    def each(self, call: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """``call`` of every item, in the items' order. Errors are raised as in ``both``. It must not be nested."""
        ...


class InTurn:
    """A ``Parallel`` that runs one call after the other."""

    def both(self, one: Callable[[], A], other: Callable[[], B]) -> tuple[A, B]:
        return one(), other()

    def each(self, call: Callable[[A], B], items: Sequence[A]) -> list[B]:
        return [call(i) for i in items]
