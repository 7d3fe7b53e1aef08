"""A conversation that has begun is scheduled for when its first entries are old enough to be archived."""

from collections.abc import Sequence

from parley.chat.effects.settings import Ports
from parley.chat.entries import Entry


def begin(entries: Sequence[Entry], ports: Ports) -> None:
    """Schedule the conversation if these entries have its first one. A replay changes nothing."""
    first = entries[0]
    if first.seq == 1 and ports.archiving is not None:
        ports.archiving.schedule.begin(first.conversation, first.at + ports.archiving.after_ms)
