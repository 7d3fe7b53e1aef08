"""The one door to a conversation: a use case gets one only from here, already checked for who asks."""

from msgspec import Struct

from parley.chat.conversation_ids import direct, direct_members
from parley.core.errors import Forbidden, NotFound
from parley.core.session import Session
from parley.delivery.model import Recipient


class Direct(Struct, frozen=True):
    """A direct conversation that ``user`` is known to be one of the two members of."""

    id: str
    user: str
    other: str

    @property
    def members(self) -> tuple[str, str]:
        return self.user, self.other


def enter(session: Session, conversation: str) -> Direct:
    """The named conversation, for one of its members.

    Raises:
        Forbidden: the asker is not one of its members.
        NotFound: there cannot be such a conversation.
    """
    members = direct_members(conversation)
    if members is None:
        raise NotFound("no such conversation")
    if session.user not in members:
        raise Forbidden("not a member of this conversation")
    first, second = members
    return Direct(id=conversation, user=session.user, other=second if first == session.user else first)


def address(session: Session, user: str) -> Direct:
    """The conversation between the asker and another user, whether or not it has begun.

    Raises:
        BadRequest: the other user is the asker.
    """
    return Direct(id=direct(session.user, user), user=session.user, other=user)


def may_talk(session: Session, other: Recipient | None, *, allow_consumer_pairs: bool) -> None:
    """Check that these two may have a direct conversation.

    Args:
        session: the asker.
        other: the other member, or None if there is no such user.
        any_pair: the deployment lets consumers talk with consumers.

    Raises:
        NotFound: the other user does not exist.
        Forbidden: neither of the two is a provider.
    """
    if other is None:
        raise NotFound("no such user")
    if not allow_consumer_pairs and "provider" not in (session.role, other.role):
        raise Forbidden("one of the two must be a provider")
