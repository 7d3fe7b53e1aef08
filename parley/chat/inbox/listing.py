"""Inbox: a user's conversations, newest first, each with what a list shows about it."""

from typing import Annotated

from msgspec import Meta, Struct

from parley.chat import conversations
from parley.chat.fields import MAX_SEQ, ConversationId
from parley.chat.model import ConversationSummary, Membership
from parley.chat.people import visibility
from parley.chat.ports import Memberships, Snapshots
from parley.core import pages
from parley.core.errors import BadRequest
from parley.core.session import Session
from parley.delivery.model import Recipient

PAGE = 50
"""The most conversations in a page: as many as one query and two parallel batch gets can look up."""


class _Cursor(Struct, frozen=True, array_like=True):
    """The last conversation of a page, and its inbox rank."""

    place: Annotated[int, Meta(ge=-MAX_SEQ, le=MAX_SEQ)]
    conversation: ConversationId


class Row(Struct, frozen=True):
    """One conversation, for one of its two members."""

    membership: Membership
    other: str
    recipient: Recipient | None
    """The other member; None if the asker may not see them."""
    summary: ConversationSummary | None
    """The conversation's summary, at most a few seconds old; None if the conversation has only just begun."""

    @property
    def at(self) -> int:
        """When something was last written in it."""
        return self.summary.at if self.summary else self.membership.last_activity


class Inbox(Struct, frozen=True):
    """A page, and the cursor of the next one, which is empty if there is none."""

    rows: list[Row]
    cursor: str


def page(
    session: Session, cursor: str, limit: int, memberships: Memberships, snapshots: Snapshots, *, archived: bool = False
) -> Inbox:
    """A page of the user's conversations, pinned ones first, or of the archived ones.

    Within a page, the newest conversation comes first. From page to page the order is only right to the hour, because a
    conversation's inbox rank may lag by that much. No conversation comes twice; one in which something is written in
    the meantime moves up, ahead of the pages that are still to come.

    Raises:
        BadRequest: the cursor was not returned by this list.
    """
    after = None
    if cursor:
        last = pages.decode(cursor, _Cursor)
        if last.place == 0 or (last.place < 0) != archived:
            raise BadRequest("the cursor is of another list")
        after = (last.place, last.conversation)
    places, more = memberships.inbox_page(session.user, after, min(limit, PAGE), archived=archived)
    following = pages.encode(_Cursor(*places[-1])) if more and places else ""
    others = {c: conversations.enter(session, c).other for _, c in places}
    found = snapshots.find(
        memberships=[(session.user, c) for c in others],
        summaries=others,
        recipients=others.values(),
        blocks=[(u, session.user) for u in others.values()],
    )
    rows = [
        Row(membership, other, visibility.sees(session, other, found), found.summaries.get(conversation))
        for conversation, other in others.items()
        # The index lags: it may still show a conversation that has just been archived, or taken out of the archive.
        if (membership := found.memberships.get((session.user, conversation))) and membership.archived == archived
    ]
    rows.sort(key=lambda row: (row.membership.pinned, row.at, row.membership.conversation), reverse=True)
    return Inbox(rows, following)
