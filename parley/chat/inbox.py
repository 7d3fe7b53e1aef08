"""Inbox: a user's conversations, newest first, each with what a list shows of it."""

from typing import Annotated

from msgspec import Meta, Struct

from parley.chat import conversations, visibility
from parley.chat.fields import MAX_SEQ, ConversationId
from parley.chat.model import ConversationSummary, Membership
from parley.chat.ports import Memberships, Snapshots
from parley.core import pages
from parley.core.errors import BadRequest
from parley.core.session import Session
from parley.delivery.model import Recipient

PAGE = 50
"""Conversations in a page, at most: what a query and two batch gets side by side can tell of."""


class _Cursor(Struct, frozen=True, array_like=True):
    """The last conversation of a page, and its place."""

    place: Annotated[int, Meta(ge=-MAX_SEQ, le=MAX_SEQ)]
    conversation: ConversationId


class Row(Struct, frozen=True):
    """One conversation, for one of its two members."""

    membership: Membership
    other: str
    recipient: Recipient | None
    """The other member; None where the asker may not learn of them."""
    summary: ConversationSummary | None
    """Where it stands, a few seconds ago at most; None where it has only just begun."""

    @property
    def at(self) -> int:
        """When something was last written."""
        return self.summary.at if self.summary else self.membership.last_activity


class Inbox(Struct, frozen=True):
    """A page, and the cursor of the next; empty where there is none."""

    rows: list[Row]
    cursor: str


def inbox(
    session: Session, cursor: str, limit: int, memberships: Memberships, snapshots: Snapshots, *, archived: bool = False
) -> Inbox:
    """A page of the user's conversations, pinned ones first; or of the archived ones.

    Within a page the newest is first. From page to page the order is right to the hour, by which a conversation's
    place may lag. None comes twice; one that something was written in meanwhile comes up ahead of the pages.

    Raises:
        BadRequest: the cursor is not one that this list has answered.
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
        # The index may still show one where it was, which has just been archived, or taken out again.
        if (membership := found.memberships.get((session.user, conversation))) and membership.archived == archived
    ]
    rows.sort(key=lambda row: (row.membership.pinned, row.at, row.membership.conversation), reverse=True)
    return Inbox(rows, following)
