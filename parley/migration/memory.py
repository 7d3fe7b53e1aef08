"""The legacy database in memory, for tests."""

from collections.abc import Iterable

from parley.migration.model import LegacyUser


class MemoryLegacyUsers:
    """A ``parley.migration.ports.LegacyUsers``."""

    def __init__(self, users: Iterable[LegacyUser] = ()) -> None:
        self.users = list(users)

    def by_email(self, email: str) -> LegacyUser | None:
        found = [u for u in self.users if u.email.lower() == email.lower()]
        return found[0] if len(found) == 1 else None
