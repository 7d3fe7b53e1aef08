"""Segments: entries of one conversation as JSON lines, compressed, and encrypted with the conversation's own key."""

import zlib
from collections.abc import Sequence

import msgspec

from parley.archive.model import State
from parley.archive.ports import Broken, Cipher
from parley.chat.entries import Entry

_LEVEL = 9
_decoder = msgspec.json.Decoder(Entry)


def pack(entries: Sequence[Entry], state: State, cipher: Cipher) -> bytes:
    """These entries (one or more, ascending, of the state's conversation) as a segment."""
    lines = b"\n".join(msgspec.json.encode(e) for e in entries)
    about = _about(state.conversation, entries[0].seq, entries[-1].seq)
    return cipher.seal(state.key, zlib.compress(lines, _LEVEL), about)


def unpack(data: bytes, first: int, last: int, state: State, cipher: Cipher) -> list[Entry]:
    """The entries from ``first`` to ``last`` in a segment.

    Raises:
        Broken: they are not what it holds.
    """
    compressed = cipher.open(state.key, data, _about(state.conversation, first, last))
    try:
        return [_decoder.decode(line) for line in zlib.decompress(compressed).splitlines()]
    except (zlib.error, msgspec.DecodeError) as error:
        raise Broken("a segment cannot be read") from error


def _about(conversation: str, first: int, last: int) -> bytes:
    """What a segment is about, so that no other can be put in its place."""
    return f"{conversation}:{first}:{last}".encode()
