"""The conversation's summary follows its newest entry."""

from collections.abc import Sequence

from parley.chat.effects.settings import Ports
from parley.chat.entries import Entry
from parley.chat.inbox import summaries


def advance(entries: Sequence[Entry], ports: Ports) -> None:
    """Move the conversation's summary to the newest of these entries. A replay changes nothing."""
    ports.summaries.advance_summary(summaries.newer(None, entries))
