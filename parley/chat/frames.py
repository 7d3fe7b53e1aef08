"""The wire: every frame there is, closed. A command says ``action``; what the server says has a ``type``.

Declared once, with msgspec: parsed by it on the hot path, and described by it in docs/asyncapi.json. (Why not
pydantic here: docs/decisions/0002-frames-in-msgspec.md.)
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from parley.chat.conversation_ids import CONVERSATION_PATTERN
from parley.chat.entries import Entry
from parley.chat.model import MediaState
from parley.core.errors import BadRequest, ParleyError, TooLarge
from parley.core.ids import CLIENT_ID_PATTERN, ULID_PATTERN

FRAME_LIMIT = 32 * 1024
"""Bytes of UTF-8 in a command; API Gateway's own limit for one WebSocket frame."""
TEXT_LIMIT = 8_000
"""Characters (code points) in a message's text."""
MEDIA_LIMIT = 10
"""Media in one message."""
PRESENCE_LIMIT = 100
"""Users in one presence question: what one DynamoDB batch get can answer."""
MAX_SEQ = 2**53 - 1
"""What every JSON reader keeps exact."""

_REASON_LENGTH = 200
# Characters; the reason repeats the value that was wrong, which may be as long as the frame.

ClientId = Annotated[str, Meta(pattern=CLIENT_ID_PATTERN, description="1–64 of A–Z a–z 0–9 _ -")]
ConversationId = Annotated[str, Meta(pattern=CONVERSATION_PATTERN, max_length=160)]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
Text = Annotated[str, Meta(max_length=TEXT_LIMIT)]
MediaId = Annotated[str, Meta(pattern=ULID_PATTERN)]


class Content(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A message as its sender writes it: a text, media, or both."""

    text: Text = ""
    media: Annotated[tuple[MediaId, ...], Meta(max_length=MEDIA_LIMIT)] = ()


class Command(Struct, frozen=True, forbid_unknown_fields=True, tag_field="action"):
    """What every command carries: the client's ``id``, which its one answer repeats."""

    id: ClientId


class Send(Command, frozen=True, tag="send"):
    """Say something, to a user or in a conversation (exactly one of the two). The same ``id`` is never stored twice."""

    after: Annotated[Seq, Meta(description="the newest seq this client knows in the conversation; 0 for none")]
    body: Content
    to: ClientId | UnsetType = UNSET
    conversation: ConversationId | UnsetType = UNSET


class Sync(Command, frozen=True, tag="sync"):
    """Ask for everything behind what this client has. Conversations it does not name are sent from the start."""

    since: dict[ConversationId, Seq]
    cursor: Annotated[str, Meta(max_length=512)] | UnsetType = UNSET


class Mark(Command, frozen=True, tag="mark"):
    """Confirm what has arrived, or been read, up to a seq. Reading implies delivery; marks never move back."""

    conversation: ConversationId
    delivered: Seq | UnsetType = UNSET
    read: Seq | UnsetType = UNSET


class Typing(Command, frozen=True, tag="typing"):
    """Tell the others that this user is typing. Not answered (but for an error), never stored."""

    conversation: ConversationId


class Presence(Command, frozen=True, tag="presence"):
    """Ask who is online."""

    users: Annotated[list[ClientId], Meta(min_length=1, max_length=PRESENCE_LIMIT)]


AnyCommand = Send | Sync | Mark | Typing | Presence


class Ack(Struct, frozen=True, tag_field="type", tag="ack"):
    """A command is done: of ``send``, the entry's place; of ``mark``, where both marks now are."""

    id: str
    conversation: str
    seq: int | UnsetType = UNSET
    count: int | UnsetType = UNSET
    at: int | UnsetType = UNSET
    delivered: int | UnsetType = UNSET
    read: int | UnsetType = UNSET


class Message(Struct, frozen=True, tag_field="type", tag="message"):
    """A new entry. It may arrive again, or out of order: ``seq`` decides."""

    entry: Entry


class Marks(Struct, frozen=True):
    """How far a member's devices have got."""

    conversation: str
    user: str
    delivered: int
    read: int
    read_count: Annotated[int, Meta(description="the count of the entry at read: unread = newest count − this")]


class Receipt(Struct, frozen=True, tag_field="type", tag="receipt"):
    """A member's marks have moved; the user's own other devices are told too."""

    marks: Marks


class IsTyping(Struct, frozen=True, tag_field="type", tag="typing"):
    """A member is typing, for the next few seconds."""

    conversation: str
    user: str


class Summary(Struct, frozen=True):
    """A conversation as it stands, without its entries."""

    conversation: str
    seq: int
    count: int
    unread: int
    muted: Annotated[int, Meta(description="until when the user wants no push of it, in ms; 0 for not muted")]
    archived: bool
    pinned: bool


class Synced(Struct, frozen=True, tag_field="type", tag="synced"):
    """What was asked for: whole, or ``more`` with the ``cursor`` to ask on with."""

    id: str
    entries: list[Entry]
    marks: list[Marks]
    conversations: list[Summary]
    more: bool
    cursor: str | UnsetType = UNSET


class Online(Struct, frozen=True):
    """Whether a user is reachable now, and when they last were (ms; null where that is not known or not told)."""

    online: bool
    seen: int | None


class PresenceOf(Struct, frozen=True, tag_field="type", tag="presence"):
    """Who is online, of those asked after. Users one may not learn of are answered as offline."""

    id: str
    users: dict[str, Online]


class Profile(Struct, frozen=True, tag_field="type", tag="profile"):
    """A user one has a conversation with has changed what they tell of themselves; ``version`` only grows."""

    user: str
    version: int
    name: str
    photo: str


class Data(Struct, frozen=True, tag_field="type", tag="data"):
    """The user's own data has changed, by one of their devices. ``version`` counts all of the user's changes."""

    key: str
    version: int
    deleted: bool
    value: Any
    """Any JSON; null where it is deleted."""


class Conversation(Struct, frozen=True, tag_field="type", tag="conversation"):
    """The user has muted, archived or pinned a conversation, or no longer does, on one of their devices."""

    conversation: str
    muted: int
    archived: bool
    pinned: bool


class Media(Struct, frozen=True, tag_field="type", tag="media"):
    """An upload of this user's has been verified or refused; or media that they asked for is back from the archive."""

    media: str
    state: MediaState
    reason: Annotated[str, Meta(description="why it was refused, for the app's developer; else empty")] = ""


class Pong(Struct, frozen=True, tag_field="type", tag="pong"):
    """The answer to ``{"action": "ping"}``, made by API Gateway itself."""


class Error(Struct, frozen=True, tag_field="type", tag="error"):
    """A command was refused, and the socket stays open."""

    code: str
    message: str
    retryable: bool
    id: str | UnsetType = UNSET
    retry_after: Annotated[float, Meta(description="seconds")] | UnsetType = UNSET
    tail: Annotated[int, Meta(description="with a conflict: the conversation's newest seq")] | UnsetType = UNSET


AnyFrame = (
    Ack | Message | Receipt | IsTyping | Synced | PresenceOf | Profile | Data | Conversation | Media | Pong | Error
)


class _Addressed(Struct):
    id: ClientId


_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_addressed = msgspec.json.Decoder(_Addressed)
_encoder = msgspec.json.Encoder()


def encode(frame: AnyFrame) -> bytes:
    """A frame as UTF-8 JSON."""
    return _encoder.encode(frame)


def parse(raw: str) -> AnyCommand:
    """The command in a text frame.

    Raises:
        TooLarge: over ``FRAME_LIMIT`` bytes.
        BadRequest: not JSON, not a known action, or not exactly that action's fields.
    """
    data = _utf8(raw)
    if len(data) > FRAME_LIMIT:
        raise TooLarge(f"a frame is at most {FRAME_LIMIT} bytes")
    try:
        command = _commands.decode(data)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error)[:_REASON_LENGTH]) from None
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest("the frame is not valid JSON") from None
    if isinstance(command, Send) and (command.to is UNSET) == (command.conversation is UNSET):
        raise BadRequest("give either `to` or `conversation`")
    if isinstance(command, Send) and not (command.body.text or command.body.media):
        raise BadRequest("give `text`, `media` or both")
    if isinstance(command, Mark) and command.delivered is UNSET and command.read is UNSET:
        raise BadRequest("give `delivered`, `read` or both")
    return command


def id_of(raw: str) -> str | UnsetType:
    """The ``id`` of a frame that may be broken otherwise, so that its error can be addressed."""
    try:
        return _addressed.decode(_utf8(raw)[:FRAME_LIMIT]).id
    except (msgspec.DecodeError, RecursionError, BadRequest):
        return UNSET


def refusal(error: ParleyError, command_id: str | UnsetType) -> Error:
    """The error frame that says so."""
    return Error(
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        id=command_id,
        retry_after=UNSET if error.retry_after is None else round(error.retry_after, 3),
        tail=UNSET if error.tail is None else error.tail,
    )


def members(union: Any) -> tuple[type, ...]:
    """The frames of ``AnyCommand`` or ``AnyFrame``."""
    return tuple(union.__args__)


def schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON Schemas by name: of the commands, and of all the rest; they refer to ``#/components/schemas/``."""
    types = [*members(AnyCommand), *members(AnyFrame)]
    _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    commands = {t.__name__ for t in members(AnyCommand)}
    return (
        {name: schema for name, schema in components.items() if name in commands},
        {name: schema for name, schema in components.items() if name not in commands},
    )


def _utf8(raw: str) -> bytes:
    try:
        return raw.encode()
    except UnicodeEncodeError:
        raise BadRequest("the frame is not valid Unicode") from None
