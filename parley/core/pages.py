"""Cursors: where a list continues. A cursor is opaque to the client, and is checked when it comes back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from parley.core.errors import BadRequest

LONGEST = 512
"""The most characters that a cursor may have."""

C = TypeVar("C", bound=msgspec.Struct)


def encode(cursor: msgspec.Struct) -> str:
    """A cursor as URL-safe text."""
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode()


def decode(text: str, kind: type[C]) -> C:
    """The cursor in a text.

    Raises:
        BadRequest: the text is not a cursor that this list has returned.
    """
    try:
        return msgspec.json.decode(urlsafe_b64decode(text.encode()), type=kind)
    except (ValueError, msgspec.DecodeError):  # a bad alphabet or padding, or not the output of encode
        raise BadRequest("the cursor is not one that this list has answered") from None
