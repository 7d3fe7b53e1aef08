"""The conversation's summary follows its newest entry."""

from collections.abc import Sequence

from parley.chat import summaries
from parley.chat.effects.settings import Ports
from parley.chat.entries import Entry


def advance(entries: Sequence[Entry], ports: Ports) -> None:
    """Move the conversation's summary to the newest of these entries. A replay changes nothing."""
    ports.summaries.advance_summary(summaries.newer(None, entries))
