"""The conversation's summary follows its newest entry."""

from collections.abc import Sequence

from parley.chat import summaries
from parley.chat.entries import Entry
from parley.chat.ports import ConversationSummaries


def advance(entries: Sequence[Entry], stored: ConversationSummaries) -> None:
    """Move the conversation's summary to the newest of these entries. A replay changes nothing."""
    stored.advance_summary(summaries.newer(None, entries))
