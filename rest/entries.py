"""``/conversations/{conversation}/entries``: a conversation's history, and sending messages without a socket."""

from collections.abc import Callable
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from msgspec import to_builtins
from pydantic import Field

from parley.archive import restoring
from parley.archive.history import history
from parley.archive.resource import Ports
from parley.chat import fields, send
from parley.core.errors import TooLarge
from parley.runtime.telemetry import Telemetry
from rest.caller import Caller
from rest.fields import ID_PATTERN, Closed, ConversationId, Shown
from rest.problems import responses

MOST = 100
"""The most entries in a page. Even with the longest texts, their JSON stays below what a function may return (6 MB)."""

Seq = Annotated[int | None, Query(ge=0, le=fields.MAX_SEQ)]
Limit = Annotated[int, Query(ge=1, le=MOST)]
MediaId = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]


class Said(Shown):
    """A message's content."""

    text: str
    media: list[str] = Field([], description="media ids")


class Happened(Shown):
    """What happened to the conversation, as a code that the app puts into its user's language."""

    code: str
    about: list[str] = Field([], description="the users it is about")


class Entry(Shown):
    """One line of a conversation's log. Its kind says what its body is."""

    conversation: str
    seq: int
    count: int
    id: str
    kind: str
    sender: str
    at: int
    body: Said | Happened


class Entries(Shown):
    """Entries by ascending seq; to continue, ask for those `before` the first of them, or `after` the last."""

    entries: list[Entry]
    more: bool = Field(description="whether there are more, in the direction that was asked for")


class Content(Closed):
    """What to send: text, media, or both."""

    text: Annotated[str, Field(max_length=fields.TEXT_LIMIT)] = ""
    media: Annotated[tuple[MediaId, ...], Field(max_length=fields.MEDIA_LIMIT, fail_fast=True)] = ()


class Message(Closed):
    """A message. The same `id` is never stored twice."""

    id: Annotated[str, Field(pattern=ID_PATTERN)]
    after: Annotated[int, Field(ge=0, le=fields.MAX_SEQ, strict=True, description="the newest seq known; 0 for none")]
    body: Content


class Wish(Closed):
    """Which entries are wanted: those before a seq."""

    before: Annotated[int, Field(ge=1, le=fields.MAX_SEQ, strict=True)]


class Restoring(Shown):
    """Whether the entries that were asked for are `restoring`, or `ready` to be read."""

    state: Literal["restoring", "ready"]


class Stored(Shown):
    """The message's place in the conversation."""

    id: str
    conversation: str
    seq: int
    count: int
    at: int


def router(
    reading: Ports, sending: send.Ports, rules: send.Rules, telemetry: Telemetry, clock: Callable[[], int]
) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()
    path = "/conversations/<conversation>/entries"

    @routes.get(path, tags=["conversations"], responses=responses(Entries, "not_found", "archived"))
    def list_entries(
        caller: Caller,
        conversation: ConversationId,
        before: Seq = None,
        after: Seq = None,
        limit: Limit = 50,
    ) -> Entries:
        """The newest entries, or those before or after a seq. There may be fewer than `limit`, whatever `more` says.

        If the page begins with entries in the archive, the request is refused as `archived`: have them restored.
        """
        found = history(caller, conversation, before, after, limit, reading.reading)
        return Entries(entries=[Entry(**to_builtins(e)) for e in found.entries], more=found.more)

    described = responses(Restoring, "not_found")
    described[202] = {**described[200], "description": "Being restored, which takes hours."}

    @routes.post("/conversations/<conversation>/restore", tags=["conversations"], responses=described)
    def restore_entries(caller: Caller, conversation: ConversationId, wish: Wish) -> Response[Restoring]:
        """Have archived entries before a seq restored, for a week.

        While that takes time, the status is 202; a `restored` frame or a push says when they can be read.
        """
        away = restoring.restore(caller, conversation, wish.before, clock(), reading.asking)
        telemetry.count(Restores=int(away))
        body = Restoring(state="restoring" if away else "ready")
        return Response(status_code=202 if away else 200, content_type="application/json", body=body)

    refusals = ("blocked", "not_found", "conflict", "too_large", "rate_limited")
    answers = {**responses(Stored, *refusals), **responses(Stored, *refusals, status=201)}

    @routes.post(path, tags=["conversations"], responses=answers)
    def send_message(caller: Caller, conversation: ConversationId, message: Message) -> Response[Stored]:
        """Send a message, as over a socket. The status is 201 for a new entry, and 200 for one stored before.

        The first message to a user begins the conversation. Its id is `dm:` and both user ids, sorted, joined by `:`.
        """
        if len(message.model_dump_json().encode()) > fields.FRAME_LIMIT:  # it could not be sent over a socket
            raise TooLarge(f"a message is at most {fields.FRAME_LIMIT} bytes")
        said = message.body
        command = send.Command(message.id, message.after, said.text, said.media, conversation=conversation)
        sent = send.send(command, caller, clock(), sending, rules)
        telemetry.tally(
            Sends=int(not sent.repeated),
            Repeats=int(sent.repeated),
            Conflicts=sent.conflicts,
            **telemetry.posted(sent.posted),
        )
        body = Stored(**{name: getattr(sent.entry, name) for name in Stored.model_fields})
        return Response(status_code=200 if sent.repeated else 201, content_type="application/json", body=body)

    return routes
