"""Heads: a conversation's newest entry in short, drawn forward from what has been read of its log."""

from collections.abc import Sequence

from parley.chat.model import Body, ConversationSummary, Entry

PREVIEW_LENGTH = 120
"""Characters of a text kept in a head, and shown in a push."""
_MEDIA = "\N{PAPERCLIP}"


def newer(old: ConversationSummary | None, entries: Sequence[Entry]) -> ConversationSummary:
    """The head after these entries (one or more, ascending), on top of what ``old`` knows of who wrote what."""
    last = entries[-1]
    sent = {**(old.sent if old else {}), **{e.sender: e.count for e in entries}}
    return ConversationSummary(
        conversation=last.conversation,
        seq=last.seq,
        count=last.count,
        at=last.at,
        sender=last.sender,
        preview=preview(last.body),
        sent=sent,
    )


def preview(body: Body) -> str:
    """One line of a text, cut where it is long; a sign that stands in every language where there are only media."""
    line = " ".join(body.text.split()) or (_MEDIA if body.media else "")
    return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1] + "…"
