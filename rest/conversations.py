"""``/conversations``: the caller's inbox, and their own marks and preferences for each conversation."""

from collections.abc import Callable
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from parley.chat import fields, receipts
from parley.chat.inbox import listing, preferences
from parley.runtime.telemetry import Telemetry
from rest.caller import Caller
from rest.fields import Closed, ConversationId, Cursor, Page, Shown
from rest.problems import responses

Archived = Annotated[bool, Query(description="the archived conversations, instead of all others")]
Limit = Annotated[int, Query(ge=1, le=listing.PAGE)]
Until = Annotated[int, Field(ge=0, le=fields.MAX_SEQ, strict=True)]


class Other(Shown):
    """The other member; everything but `user` is empty if the caller may not learn it."""

    user: str
    name: str = ""
    photo: str = Field(default="", description="a media id, or empty")
    role: str = ""
    online: bool = False
    seen: int | None = Field(default=None, description="when they were last online, in ms")


class Last(Shown):
    """The newest message, at most a few seconds out of date."""

    seq: int
    at: int
    sender: str
    preview: str


class ConversationState(Shown):
    """The caller's own marks and preferences for a conversation."""

    conversation: str
    delivered: int
    read: int
    muted: int = Field(description="until when no push is wanted, in ms; 0 for not muted")
    archived: bool
    pinned: bool


class Conversation(ConversationState):
    """A conversation as a list shows it."""

    other: Other
    last: Last | None = Field(description="null for a moment after it has begun")
    unread: int


class Conversations(Page):
    """Conversations: pinned ones first, then the newest; across pages the order is exact to the hour."""

    conversations: list[Conversation]


class ConversationChanges(Closed):
    """What to change; fields that are not given stay as they are."""

    muted: Annotated[Until, Field(description="until when no push is wanted, in ms; 0 to unmute")] = 0
    archived: Annotated[bool, Field(strict=True)] = False
    pinned: Annotated[bool, Field(strict=True)] = False
    read: Annotated[int, Field(ge=0, le=fields.MAX_SEQ, strict=True, description="a read mark; it only grows")] = 0


def router(
    keeping: preferences.Ports, marking: receipts.Ports, telemetry: Telemetry, clock: Callable[[], int]
) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()

    @routes.get("/conversations", tags=["conversations"], responses=responses(Conversations))
    def list_conversations(
        caller: Caller,
        archived: Archived = False,  # noqa: FBT002  (a query parameter)
        limit: Limit = listing.PAGE,
        cursor: Cursor = "",
    ) -> Conversations:
        """The inbox. A page may have fewer conversations than `limit`; keep asking while there is a cursor."""
        page = listing.page(caller, cursor, limit, keeping.memberships, keeping.snapshots, archived=archived)
        now = clock()
        return Conversations(conversations=[_shown(row, now) for row in page.rows], cursor=page.cursor or None)

    @routes.patch(
        "/conversations/<conversation>", tags=["conversations"], responses=responses(ConversationState, "not_found")
    )
    def change_conversation(
        caller: Caller, conversation: ConversationId, changes: ConversationChanges
    ) -> ConversationState:
        """Mute, archive, pin, or mark as read. The caller's devices are told live; the other's too, about a mark."""
        given = changes.model_dump(include=changes.model_fields_set)
        if "read" in given:
            marked = receipts.mark(conversation, 0, given.pop("read"), caller, clock(), marking)
            telemetry.tally(Marks=1, **telemetry.posted(marked.posted))
        membership, _ = preferences.keep(caller, conversation, given, clock(), keeping)
        return ConversationState(**{name: getattr(membership, name) for name in ConversationState.model_fields})

    return routes


def _shown(row: listing.Row, now: int) -> Conversation:
    kept = {name: getattr(row.membership, name) for name in ConversationState.model_fields}
    return Conversation(**kept, other=_other(row, now), last=_last(row), unread=_unread(row))


def _other(row: listing.Row, now: int) -> Other:
    if row.recipient is None:
        return Other(user=row.other)
    r = row.recipient
    return Other(user=r.user, name=r.name, photo=r.photo, role=r.role, online=bool(r.live(now)), seen=r.seen or None)


def _last(row: listing.Row) -> Last | None:
    summary = row.summary
    return Last(seq=summary.seq, at=summary.at, sender=summary.sender, preview=summary.preview) if summary else None


def _unread(row: listing.Row) -> int:
    return row.summary.unread(row.membership) if row.summary else 0
