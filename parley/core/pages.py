"""Pages of a list: walking all of them, and the cursors that are handed out in between.

A cursor says where a list goes on. It is opaque to anyone who is handed one, and is checked when it comes back.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from parley.core.errors import BadRequest

LONGEST = 512
"""The most characters that a cursor may have."""

C = TypeVar("C", bound=msgspec.Struct)
K = TypeVar("K")
T = TypeVar("T")


def walk(read: Callable[[K], tuple[Sequence[T], bool]], start: K, place: Callable[[T], K]) -> Iterator[Sequence[T]]:
    """Every page of a list, none of them empty.

    Args:
        read: returns the page behind a place, which is empty only at the end; and whether more may follow.
        start: the place ahead of the first page.
        place: where an item stands in the list.
    """
    behind, more = start, True
    while more:
        page, more = read(behind)
        if not page:
            return
        behind = place(page[-1])
        yield page


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
