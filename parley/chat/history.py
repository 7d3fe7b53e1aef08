"""History: a conversation's entries from any place in it, forwards or backwards, in one read."""

from msgspec import Struct

from parley.chat import conversations
from parley.chat.entries import Entry
from parley.chat.fields import MAX_SEQ
from parley.chat.ports import Log
from parley.core.errors import BadRequest
from parley.core.session import Session


class History(Struct, frozen=True):
    """Entries, ascending; ``more`` says that there are further ones, in the direction that was asked for."""

    entries: list[Entry]
    more: bool


def history(
    session: Session, conversation_id: str, before: int | None, after: int | None, limit: int, log: Log
) -> History:
    """The last entries ahead of ``before``, or the first behind ``after``; the newest ones where neither is given.

    Membership is in the id, so that this takes one read. A conversation that has not begun has no entries.

    Raises:
        BadRequest: both ``before`` and ``after`` are given.
        Forbidden, NotFound: not the user's conversation, or none at all.
    """
    conversation = conversations.enter(session, conversation_id)
    if before is not None and after is not None:
        raise BadRequest("either `before` or `after`, not both")
    if after is not None:
        entries, more = log.after(conversation.id, after, limit)
        return History(entries, more)
    entries = log.before(conversation.id, MAX_SEQ if before is None else before, limit)
    return History(entries, more=bool(entries) and entries[0].seq > 1)
