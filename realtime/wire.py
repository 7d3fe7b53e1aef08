"""The whole wire, for its description and its tests: all commands, and all answers and events that the server sends."""

from typing import Any

import msgspec
from msgspec import Struct

from parley.accounts.events import Data, Profile
from parley.archive.events import Restored
from parley.chat.events import Conversation, IsTyping, Message, Receipt
from parley.media.events import Media
from realtime.frames import Ack, AnyCommand, Error, PresenceOf, Synced


class Pong(Struct, frozen=True, tag_field="type", tag="pong"):
    """The answer to ``{"action": "ping"}``, made by API Gateway itself."""


AnyFrame = (
    Ack
    | Message
    | Receipt
    | IsTyping
    | Synced
    | PresenceOf
    | Profile
    | Data
    | Conversation
    | Media
    | Restored
    | Pong
    | Error
)


def members(union: Any) -> tuple[type, ...]:
    """The frames of ``AnyCommand`` or ``AnyFrame``."""
    return tuple(union.__args__)


def schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON Schemas by name: those of the commands, and all the others. They refer to ``#/components/schemas/``."""
    types = [*members(AnyCommand), *members(AnyFrame)]
    _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    commands = {t.__name__ for t in members(AnyCommand)}
    return (
        {name: schema for name, schema in components.items() if name in commands},
        {name: schema for name, schema in components.items() if name not in commands},
    )
