"""Events: what leaves the domain for users' live devices. The adapter that delivers an event encodes it, once."""

import msgspec
from msgspec import Struct

_encoder = msgspec.json.Encoder()


class Event(Struct, frozen=True, tag_field="type"):
    """Something that devices are told live. A subclass's tag is the frame's ``type``; its fields are the frame's."""


def encode(event: Event) -> bytes:
    """An event as UTF-8 JSON."""
    return _encoder.encode(event)
