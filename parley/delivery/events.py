"""Events: what leaves the domain for users' live devices, encoded once, by the adapter that delivers it."""

import msgspec
from msgspec import Struct

_encoder = msgspec.json.Encoder()


class Event(Struct, frozen=True, tag_field="type"):
    """Something that devices are told live: a subclass's tag is its frame's ``type``, its fields the frame's."""


def encode(event: Event) -> bytes:
    """An event as UTF-8 JSON."""
    return _encoder.encode(event)
