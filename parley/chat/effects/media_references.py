"""Media that an entry refers to are kept from then on."""

from collections.abc import Sequence

from parley.chat.entries import Entry
from parley.chat.ports import MediaReferences


def add(entries: Sequence[Entry], references: MediaReferences) -> None:
    """Note that these entries refer to their media, so that none of them is collected. A replay changes nothing."""
    for media in dict.fromkeys(m for e in entries for m in e.media):
        references.add_reference(media)
