"""What the sign-in of legacy users needs from the world.

``parley.migration.memory`` and ``parley.migration.mysql`` implement it, and ``tests/contract`` holds both to the words
below.
"""

from typing import Protocol

from parley.migration.model import LegacyUser


class LegacyUsers(Protocol):
    """The users of the legacy database."""

    def by_email(self, email: str) -> LegacyUser | None:
        """The user with this address, in whichever case it is written; None if there is none, or more than one.

        Raises:
            Unavailable: the database cannot be reached or does not answer in time; the caller may repeat the call.
        """
        ...
