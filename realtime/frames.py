"""The WebSocket's commands and the answers to them. A command has an ``action``, and an answer has a ``type``.
Commands with unknown fields are refused.

They are declared once, with msgspec, which parses them on the hot path and describes them in docs/asyncapi.json,
together with the events that the domain declares (``realtime.wire``). docs/decisions/0002-frames-in-msgspec.md says why
this is not pydantic.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from parley.chat.entries import Entry
from parley.chat.events import Marks
from parley.chat.fields import FRAME_LIMIT, MEDIA_LIMIT, PRESENCE_LIMIT, TEXT_LIMIT, ClientId, ConversationId, Seq
from parley.chat.people.presence import Online
from parley.chat.receipts import marks_of
from parley.chat.send import Command as SendCommand
from parley.chat.send import Sent
from parley.chat.sync import Page, Summary
from parley.core.errors import BadRequest, ParleyError, TooLarge
from parley.core.ids import ULID_PATTERN

_REASON_LENGTH = 200
# In characters. The reason repeats the value that was wrong, which may be as long as the frame.

Text = Annotated[str, Meta(max_length=TEXT_LIMIT)]
MediaId = Annotated[str, Meta(pattern=ULID_PATTERN)]


class Content(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A message as its sender writes it: text, media, or both."""

    text: Text = ""
    media: Annotated[tuple[MediaId, ...], Meta(max_length=MEDIA_LIMIT)] = ()


class Command(Struct, frozen=True, forbid_unknown_fields=True, tag_field="action"):
    """What every command carries: an ``id`` chosen by the client, which the answer to it, if there is one, repeats."""

    id: ClientId


class Send(Command, frozen=True, tag="send"):
    """Send a message to a user or in a conversation (exactly one of the two). The same ``id`` is never stored twice."""

    after: Annotated[Seq, Meta(description="the newest seq this client knows in the conversation; 0 for none")]
    body: Content
    to: ClientId | UnsetType = UNSET
    conversation: ConversationId | UnsetType = UNSET


class Sync(Command, frozen=True, tag="sync"):
    """Ask for everything after what this client has. Conversations that it does not name are sent from the start."""

    since: dict[ConversationId, Seq]
    cursor: Annotated[str, Meta(max_length=512)] | UnsetType = UNSET


class Mark(Command, frozen=True, tag="mark"):
    """Confirm that entries up to a seq have arrived or been read. Reading implies delivery; marks never move back.
    It is not answered, except with an error.
    """

    conversation: ConversationId
    delivered: Seq | UnsetType = UNSET
    read: Seq | UnsetType = UNSET


class Typing(Command, frozen=True, tag="typing"):
    """Tell the others that this user is typing. It is not answered, except with an error, and never stored."""

    conversation: ConversationId


class Presence(Command, frozen=True, tag="presence"):
    """Ask who is online."""

    users: Annotated[list[ClientId], Meta(min_length=1, max_length=PRESENCE_LIMIT)]


AnyCommand = Send | Sync | Mark | Typing | Presence


class Ack(Struct, frozen=True, tag_field="type", tag="ack"):
    """A ``send`` is done. This is the entry's place."""

    id: str
    conversation: str
    seq: int
    count: int
    at: int


class Synced(Struct, frozen=True, tag_field="type", tag="synced"):
    """What was asked for. If there is ``more``, ask for the rest with the ``cursor``."""

    id: str
    entries: list[Entry]
    marks: list[Marks]
    conversations: list[Summary]
    more: bool
    generation: Annotated[str, Meta(description="another one after the server was restored to an earlier time")]
    cursor: str | UnsetType = UNSET
    begins: (
        Annotated[
            dict[str, int],
            Meta(
                description="by conversation: the seq where the log begins, if what the device lacks before is archived"
            ),
        ]
        | UnsetType
    ) = UNSET


class PresenceOf(Struct, frozen=True, tag_field="type", tag="presence"):
    """Which of the users asked about are online. Users about whom the asker may learn nothing are shown as offline."""

    id: str
    users: dict[str, Online]


class Error(Struct, frozen=True, tag_field="type", tag="error"):
    """A command was refused. The socket stays open."""

    code: str
    message: str
    retryable: bool
    id: str | UnsetType = UNSET
    retry_after: Annotated[float, Meta(description="seconds")] | UnsetType = UNSET
    tail: Annotated[int, Meta(description="with a conflict: the conversation's newest seq")] | UnsetType = UNSET


AnyAnswer = Ack | Synced | PresenceOf | Error


def tokens(command: AnyCommand) -> int:
    """What a command costs of its user's budget (``parley.core.budget``): more if it reads, writes or posts more."""
    match command:
        case Presence():
            return 1 + len(command.users) // 4
        case Mark():
            return 2
        case _:
            return 4


class _Addressed(Struct):
    id: ClientId


_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_addressed = msgspec.json.Decoder(_Addressed)
_encoder = msgspec.json.Encoder()


def encode(frame: AnyAnswer) -> bytes:
    """A frame as UTF-8 JSON."""
    return _encoder.encode(frame)


def parse(raw: str) -> AnyCommand:
    """The command in a text frame.

    Raises:
        TooLarge: the frame has more than ``FRAME_LIMIT`` bytes.
        BadRequest: it is not JSON, not a known action, or does not have exactly that action's fields.
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
    if isinstance(command, Mark) and command.delivered is UNSET and command.read is UNSET:
        raise BadRequest("give `delivered`, `read` or both")
    return command


def id_of(raw: str) -> str | UnsetType:
    """The ``id`` of a frame that may otherwise be broken, so that the error frame can name it."""
    try:
        return _addressed.decode(_utf8(raw)[:FRAME_LIMIT]).id
    except (msgspec.DecodeError, RecursionError, BadRequest):
        return UNSET


def to_send(frame: Send) -> SendCommand:
    """The use case's own command for this frame."""
    return SendCommand(
        id=frame.id,
        after=frame.after,
        text=frame.body.text,
        media=frame.body.media,
        to=frame.to or "",
        conversation=frame.conversation or "",
    )


def sent(result: Sent) -> Ack:
    """The answer to ``send``."""
    entry = result.entry
    return Ack(id=entry.id, conversation=entry.conversation, seq=entry.seq, count=entry.count, at=entry.at)


def synced(page: Page, command_id: str, generation: str) -> Synced:
    """The answer to ``sync``. ``generation`` names the tables that the page was read from."""
    return Synced(
        id=command_id,
        entries=page.entries,
        marks=[marks_of(m) for m in page.memberships],
        conversations=page.conversations,
        more=bool(page.cursor),
        generation=generation,
        cursor=page.cursor or UNSET,
        begins=page.begins or UNSET,
    )


def refusal(error: ParleyError, command_id: str | UnsetType) -> Error:
    """The error frame for an error."""
    return Error(
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        id=command_id,
        retry_after=UNSET if error.retry_after is None else round(error.retry_after, 3),
        tail=UNSET if error.tail is None else error.tail,
    )


def _utf8(raw: str) -> bytes:
    try:
        return raw.encode()
    except UnicodeEncodeError:
        raise BadRequest("the frame is not valid Unicode") from None
