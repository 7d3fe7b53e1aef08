"""History: a conversation's entries from any point in it, forwards or backwards, in one read."""

from msgspec import Struct

from parley.chat import conversations
from parley.chat.entries import Entry
from parley.chat.fields import MAX_SEQ
from parley.chat.ports import Log
from parley.core.errors import BadRequest
from parley.core.session import Session


class History(Struct, frozen=True):
    """Entries in ascending order; ``more`` says whether there are further ones in the direction that was asked for."""

    entries: list[Entry]
    more: bool


def history(
    session: Session, conversation_id: str, before: int | None, after: int | None, limit: int, log: Log
) -> History:
    """The last entries before ``before``, or the first after ``after``; the newest ones if neither is given.

    The conversation's id names its members, so one read is enough. A conversation that has not begun has no entries.

    Raises:
        BadRequest: both ``before`` and ``after`` are given.
        Forbidden, NotFound: it is not the user's conversation, or there is no such conversation.
    """
    conversation = conversations.enter(session, conversation_id)
    if before is not None and after is not None:
        raise BadRequest("either `before` or `after`, not both")
    if after is not None:
        entries, more = log.after(conversation.id, after, limit)
        return History(entries, more)
    entries = log.before(conversation.id, MAX_SEQ if before is None else before, limit)
    return History(entries, more=bool(entries) and entries[0].seq > 1)
