"""The legacy database's own values."""

from msgspec import Struct

from parley.core.session import Role


class LegacyUser(Struct, frozen=True):
    """A user of the legacy database, who may not have moved yet."""

    id: str
    """The legacy database's own id."""
    email: str
    name: str
    role: Role
    password: str
    """The hash of the password, as the legacy application has stored it."""

    def __repr__(self) -> str:
        """Without the hash or the address, so that no traceback or log shows them."""
        return f"LegacyUser(id={self.id!r})"


class LegacyMessage(Struct, frozen=True):
    """A message that one user sent another in the legacy application."""

    id: str
    sender: str
    """A user id of Parley, like ``recipient``'s."""
    at: int
    """In ms."""
    text: str
