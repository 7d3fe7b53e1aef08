"""Summaries: a conversation's newest entry in short, computed from what has been read of its log."""

from collections.abc import Sequence

from parley.chat.conversations import members_of
from parley.chat.entries import Entry
from parley.chat.model import ConversationSummary


def newer(old: ConversationSummary | None, entries: Sequence[Entry]) -> ConversationSummary:
    """The summary after these entries (one or more, ascending), on top of what ``old`` knows.

    Its sender and preview are those of the newest entry that has a preview. Where neither ``entries`` nor ``old`` has
    one, both are empty, which storage understands as "leave them as they are". What each member has sent is kept only
    if the conversation's id names its members: there are two of them, so it does not grow.
    """
    last = entries[-1]
    shown = next((e for e in reversed(entries) if e.preview is not None), None)
    told = {e.sender: e.count for e in entries if e.sender in members_of(last.conversation)}
    sent = {**(old.sent if old else {}), **told}
    return ConversationSummary(
        conversation=last.conversation,
        seq=last.seq,
        count=last.count,
        at=last.at,
        sender=shown.sender if shown else old.sender if old else "",
        preview=shown.preview or "" if shown else old.preview if old else "",
        sent=sent,
    )
