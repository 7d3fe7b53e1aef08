"""What a change of what is stored means: an entry, a membership, a user, an upload, each before and after.

Everything is read from what the product stores anyway, so that recording adds nothing to what a message waits for.
"""

from collections.abc import Iterator

from parley.analytics.model import Happening, Kind
from parley.chat.entries import Entry, MessageEntry
from parley.chat.model import Membership
from parley.delivery.model import Recipient
from parley.media.model import Media


def of_entry(id: str, entry: Entry) -> Iterator[Happening]:  # noqa: A002 - as in Happening
    """A stored entry. Of a text, only its length is recorded."""
    if entry.seq == 1:
        yield Happening(f"{id}-started", "started", entry.at, entry.sender, entry.conversation, entry.seq)
    if isinstance(entry, MessageEntry):
        yield Happening(
            f"{id}-message",
            "message",
            entry.at,
            entry.sender,
            entry.conversation,
            entry.seq,
            size=len(entry.body.text),
            detail="media" if entry.media else "text",
        )


def of_membership(id: str, at: int, old: Membership, new: Membership) -> Iterator[Happening]:  # noqa: A002
    """A membership whose marks have moved."""
    moves: tuple[tuple[Kind, int, int], ...] = (
        ("delivered", old.delivered, new.delivered),
        ("read", old.read, new.read),
        ("pushed", old.pushed, new.pushed),
    )
    for kind, prior, seq in moves:
        if seq > prior:
            yield Happening(f"{id}-{kind}", kind, at, new.user, new.conversation, seq, prior)


def of_recipient(id: str, at: int, old: Recipient | None, new: Recipient) -> Iterator[Happening]:  # noqa: A002
    """A user who is new, or whose sockets have opened or closed."""
    if old is None:
        yield Happening(f"{id}-joined", "joined", at, new.user)
    before = {c.id: c for c in old.connections} if old else {}
    after = {c.id: c for c in new.connections}
    for name in after.keys() - before.keys():
        yield Happening(f"{id}-{name}", "connected", after[name].at, new.user, subject=name)
    for name in before.keys() - after.keys():
        yield Happening(f"{id}-{name}", "disconnected", at, new.user, subject=name)


def of_media(id: str, at: int, old: Media, new: Media) -> Iterator[Happening]:  # noqa: A002
    """An upload that has been verified."""
    if (old.state, new.state) == ("pending", "ready"):
        sort = new.type.partition("/")[0]
        yield Happening(f"{id}-media", "media", at, new.owner, subject=new.id, size=new.size, detail=sort)
