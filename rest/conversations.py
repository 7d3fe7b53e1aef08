"""``/conversations``: the caller's inbox, and their marks and preferences in each conversation."""

from collections.abc import Callable
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from parley.chat import fields, inbox, preferences, receipts
from parley.runtime.telemetry import Telemetry
from rest.caller import Caller
from rest.fields import Closed, ConversationId, Cursor, Page, Shown
from rest.problems import responses

Archived = Annotated[bool, Query(description="whether to list the archived conversations instead of all others")]
Limit = Annotated[int, Query(ge=1, le=inbox.PAGE)]
Until = Annotated[int, Field(ge=0, le=fields.MAX_SEQ, strict=True)]


class Other(Shown):
    """The other member; everything but the id is empty if the caller may not see them."""

    user: str
    name: str = ""
    photo: str = Field(default="", description="a media id, or empty")
    role: str = ""
    online: bool = False
    seen: int | None = Field(default=None, description="when they were last online, in ms")


class Last(Shown):
    """The newest message, as of a few seconds ago at most."""

    seq: int
    at: int
    sender: str
    preview: str


class ConversationState(Shown):
    """The caller's own marks and preferences in a conversation."""

    conversation: str
    delivered: int
    read: int
    muted: int = Field(description="until when the caller wants no push, in ms; 0 if it is not muted")
    archived: bool
    pinned: bool


class Conversation(ConversationState):
    """A conversation as a list shows it."""

    other: Other
    last: Last | None = Field(description="null for a moment after the conversation has begun")
    unread: int


class Conversations(Page):
    """Conversations, pinned ones first, then the newest; from page to page, the order is right to the hour."""

    conversations: list[Conversation]


class ConversationChanges(Closed):
    """What to change; fields that are left out stay as they are."""

    muted: Annotated[Until, Field(description="until when the caller wants no push, in ms; 0 to unmute")] = 0
    archived: Annotated[bool, Field(strict=True)] = False
    pinned: Annotated[bool, Field(strict=True)] = False
    read: Annotated[int, Field(ge=0, le=fields.MAX_SEQ, strict=True, description="a read mark, which only grows")] = 0


def router(
    keeping: preferences.Ports, marking: receipts.Ports, telemetry: Telemetry, clock: Callable[[], int]
) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()

    @routes.get("/conversations", tags=["conversations"], responses=responses(Conversations))
    def list_conversations(
        caller: Caller,
        archived: Archived = False,  # noqa: FBT002  (a query parameter)
        limit: Limit = inbox.PAGE,
        cursor: Cursor = "",
    ) -> Conversations:
        """List the caller's conversations. A page may have fewer than `limit`; go on as long as there is a cursor."""
        page = inbox.inbox(caller, cursor, limit, keeping.memberships, keeping.snapshots, archived=archived)
        now = clock()
        return Conversations(conversations=[_shown(row, now) for row in page.rows], cursor=page.cursor or None)

    @routes.patch(
        "/conversations/<conversation>", tags=["conversations"], responses=responses(ConversationState, "not_found")
    )
    def change_conversation(
        caller: Caller, conversation: ConversationId, changes: ConversationChanges
    ) -> ConversationState:
        """Mute, archive or pin a conversation, or mark it as read.

        The caller's own devices are told live. The other member's are told only about the mark.
        """
        given = changes.model_dump(include=changes.model_fields_set)
        if "read" in given:
            marked = receipts.mark(conversation, 0, given.pop("read"), caller, clock(), marking)
            telemetry.tally(Marks=1, **telemetry.posted(marked.posted))
        membership, _ = preferences.keep(caller, conversation, given, clock(), keeping)
        return ConversationState(**{name: getattr(membership, name) for name in ConversationState.model_fields})

    return routes


def _shown(row: inbox.Row, now: int) -> Conversation:
    kept = {name: getattr(row.membership, name) for name in ConversationState.model_fields}
    return Conversation(**kept, other=_other(row, now), last=_last(row), unread=_unread(row))


def _other(row: inbox.Row, now: int) -> Other:
    if row.recipient is None:
        return Other(user=row.other)
    r = row.recipient
    return Other(user=r.user, name=r.name, photo=r.photo, role=r.role, online=bool(r.live(now)), seen=r.seen or None)


def _last(row: inbox.Row) -> Last | None:
    head = row.head
    return Last(seq=head.seq, at=head.at, sender=head.sender, preview=head.preview) if head else None


def _unread(row: inbox.Row) -> int:
    return row.head.unread(row.membership) if row.head else 0
