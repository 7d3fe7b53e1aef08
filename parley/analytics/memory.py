"""Analytics' ports in memory."""

from collections.abc import Collection, Sequence

from parley.analytics.model import Event, Subject
from parley.delivery.memory import MemoryConnections


class MemorySubjects:
    """A ``parley.analytics.ports.Subjects``, of the users of a directory."""

    def __init__(self, directory: MemoryConnections) -> None:
        self._directory = directory
        self.keys: dict[str, str] = {}
        self._given = 0

    def subjects(self, users: Collection[str]) -> dict[str, Subject]:
        known = self._directory.users
        self.keys = {user: key for user, key in self.keys.items() if user in known}
        there = [user for user in users if user in known]
        for user in there:
            if user not in self.keys:
                self._given += 1
                self.keys[user] = f"{self._given:064x}"
        return {user: Subject(self.keys[user], known[user].role) for user in there}


class MemorySink:
    """A ``parley.analytics.ports.Sink``."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, events: Sequence[Event]) -> None:
        self.events += events
