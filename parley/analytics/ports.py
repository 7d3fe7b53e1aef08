"""What analytics needs from the world. ``parley.analytics.memory`` and ``parley.analytics.aws`` implement it, and
``tests/contract`` holds both to the words below.

Every method may raise ``parley.core.errors.Unavailable``; the caller may then repeat the call.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from parley.analytics.model import Event, Subject


class Subjects(Protocol):
    """The keys of users' pseudonyms, which last as long as the user does."""

    def subjects(self, users: Collection[str]) -> dict[str, Subject]:
        """Those of the users who exist, each with a key that is theirs alone. A user who has none yet is given one.

        A user's key stays the same until the user is erased, whoever asks and however many ask at once. A role may be
        the one of a moment ago.
        """
        ...


class Sink(Protocol):
    """Where events go."""

    def put(self, events: Sequence[Event]) -> None:
        """Keep the events, each at least once, in any order. If it raises, some of them may have been kept."""
        ...
