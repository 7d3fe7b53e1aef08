"""Cursors: where a list goes on, opaque to whoever is handed one, and checked when it comes back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from parley.core.errors import BadRequest

LONGEST = 512
"""Characters of a cursor."""

C = TypeVar("C", bound=msgspec.Struct)


def encode(cursor: msgspec.Struct) -> str:
    """A cursor as URL-safe text."""
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode()


def decode(text: str, kind: type[C]) -> C:
    """The cursor in a text.

    Raises:
        BadRequest: it is not one that this list has answered.
    """
    try:
        return msgspec.json.decode(urlsafe_b64decode(text.encode()), type=kind)
    except (ValueError, msgspec.DecodeError):  # a bad alphabet or padding, or not what encode made
        raise BadRequest("the cursor is not one that this list has answered") from None
