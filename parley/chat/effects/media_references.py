"""Media that an entry refers to are kept from then on."""

from collections.abc import Sequence

from parley.chat.effects.settings import Ports
from parley.chat.entries import Entry


def add(entries: Sequence[Entry], ports: Ports) -> None:
    """Note that these entries refer to their media, so that none of them is collected. A replay changes nothing."""
    for media in dict.fromkeys(m for e in entries for m in e.media):
        ports.media_references.add_reference(media)
