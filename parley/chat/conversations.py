"""The only way to a conversation: use cases get one only from here, after a check that the asker may enter it.

This is also the only module that knows how conversation ids are built. A direct conversation's id names both members,
so checking membership costs no read.
"""

from typing import Literal

from msgspec import Struct

from parley.core.errors import BadRequest, Forbidden, NotFound
from parley.core.ids import END, is_client_id
from parley.core.session import Session
from parley.delivery.model import Recipient

CONVERSATION_PATTERN = r"^(dm:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]{1,64}|g:[0-9A-HJKMNP-TV-Z]{26})" + END
"""``dm:<user>:<user>`` with the users sorted, or ``g:<ulid>`` (Crockford base 32)."""

Kind = Literal["direct"]


class Settings(Struct, frozen=True):
    """How a conversation behaves."""

    live_receipts: bool = True
    """Whether the other members are told about marks as soon as they move, or only when they sync."""


class Conversation(Struct, frozen=True):
    """A conversation that ``me`` is known to be a member of."""

    id: str
    kind: Kind
    me: str
    members: tuple[str, ...]
    """All of them, ``me`` first."""
    settings: Settings = Settings()

    @property
    def other(self) -> str:
        """The other member of a direct conversation."""
        [other] = (u for u in self.members if u != self.me)
        return other


def enter(session: Session, conversation: str) -> Conversation:
    """The conversation with this id, if the asker is one of its members.

    Raises:
        Forbidden: the asker is not one of its members.
        NotFound: no conversation can have this id.
    """
    members = members_of(conversation)
    if not members:
        raise NotFound("no such conversation")
    if session.user not in members:
        raise Forbidden("not a member of this conversation")
    return Conversation(conversation, "direct", session.user, _first(session.user, members))


def _first(user: str, members: tuple[str, ...]) -> tuple[str, ...]:
    return (user, *(u for u in members if u != user))


def address(session: Session, user: str) -> Conversation:
    """The conversation between the asker and another user, whether or not it has begun.

    Raises:
        BadRequest: the other user is the asker.
    """
    return Conversation(direct(session.user, user), "direct", session.user, (session.user, user))


def direct(one: str, other: str) -> str:
    """The id of the conversation between two users, in whichever order they are given.

    Raises:
        BadRequest: the two are the same user.
    """
    if one == other:
        raise BadRequest("a conversation needs two different users")
    first, second = sorted((one, other))
    return f"dm:{first}:{second}"


def members_of(conversation: str) -> tuple[str, ...]:
    """A conversation's members, for work that no user has asked for; empty if no conversation can have this id."""
    parts = conversation.split(":")
    if len(parts) != 3 or parts[0] != "dm":
        return ()
    _, first, second = parts
    if first >= second or not is_client_id(first) or not is_client_id(second):
        return ()
    return first, second


def may_talk(session: Session, other: Recipient | None, *, allow_consumer_pairs: bool) -> None:
    """Check that these two may have a direct conversation.

    Args:
        session: the asker.
        other: the other member, or None if there is no such user.
        allow_consumer_pairs: whether the deployment lets consumers talk to each other.

    Raises:
        NotFound: the other user does not exist.
        Forbidden: neither of the two is a provider.
    """
    if other is None:
        raise NotFound("no such user")
    if not allow_consumer_pairs and "provider" not in (session.role, other.role):
        raise Forbidden("one of the two must be a provider")
