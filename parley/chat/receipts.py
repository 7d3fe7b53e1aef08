"""Mark: confirm what has arrived or been read, and tell the members' devices, except where one blocks the other."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from parley.chat import conversations
from parley.chat.entries import Entry
from parley.chat.events import Marks, Receipt
from parley.chat.model import Membership
from parley.chat.people import blocking
from parley.chat.ports import Log, LogSnapshots, Memberships, Snapshots
from parley.core.errors import BadRequest, NotFound
from parley.core.session import Session
from parley.core.writes import compare_and_set
from parley.delivery import fanout
from parley.delivery.ports import Connections, Sockets

_ATTEMPTS = 8
# A race is lost only to another device of the same user. There are few, and each of them moves the marks forward.


class Ports(Struct, frozen=True):
    """What marking needs from the world."""

    log: Log
    log_snapshots: LogSnapshots
    snapshots: Snapshots
    memberships: Memberships
    connections: Connections
    sockets: Sockets


class Marked(Struct, frozen=True):
    """Where the user's marks are now, whether this call moved them there, and how telling the others went."""

    membership: Membership
    moved: bool
    posted: fanout.FanoutResult


def mark(conversation_id: str, delivered: int, read: int, session: Session, now: int, ports: Ports) -> Marked:
    """Move the user's marks forward. A mark behind the stored one changes nothing; the stored one is acknowledged.

    Reading implies delivery. 0 leaves a mark where it is.

    Raises:
        BadRequest: a mark is beyond the end of the conversation.
        Forbidden, NotFound: it is not the user's conversation, or there is no such conversation.
    """
    conversation = conversations.enter(session, conversation_id)
    delivered = max(read, delivered)
    key = (conversation.me, conversation.id)

    found, seen = ports.log_snapshots.find_with_entries(
        conversation.id,
        {read, delivered},
        recipients=conversation.members,
        memberships=[key],
        blocks=blocking.either_way(conversation),
    )
    read_entry, last_entry = _entries(ports.log, conversation.id, read, delivered, seen)
    stored = found.memberships.get(key)
    if stored is None:  # the conversation may have only just begun
        stored = ports.snapshots.find(memberships=[key], strong=True).memberships.get(key)
    if stored is None:
        raise NotFound("no such conversation")
    if last_entry is None and delivered > 0 and _behind(ports.log, conversation.id, delivered) is None:
        raise BadRequest("a mark is beyond the end of the conversation")

    read_count = read_entry.count if read_entry else _count_before(ports.log, conversation.id, read)
    old, new = _move(ports.memberships, stored, delivered, read, read_count)
    posted = fanout.FanoutResult()
    moved = new != old
    # Others are told again if the marks are exactly these already: the call that this one repeats may have died before
    # it told anybody.
    if moved or _repeats(new, delivered, read):
        others = conversation.settings.live_receipts and not found.blocks
        told = [r for u, r in found.recipients.items() if others or u == session.user]
        event = Receipt(marks=marks_of(new))
        posted = fanout.post(ports.sockets, ports.connections, told, event, now, but=session.connection)
    return Marked(membership=new, moved=moved, posted=posted)


def _repeats(stored: Membership, delivered: int, read: int) -> bool:
    """Whether a command asks for exactly what is stored; ``read`` is 0 if it asked for no read mark."""
    if read == 0:
        return 0 < delivered == stored.delivered
    return read == stored.read and delivered in {read, stored.delivered}


def marks_of(membership: Membership) -> Marks:
    """Only the marks of a membership."""
    return Marks(
        conversation=membership.conversation,
        user=membership.user,
        delivered=membership.delivered,
        read=membership.read,
        read_count=membership.read_count,
    )


def _entries(
    log: Log, conversation: str, read: int, delivered: int, seen: Mapping[int, Entry]
) -> tuple[Entry | None, Entry | None]:
    """The entries at both marks, ``read`` first; if the later one is missing, the log has not got that far. Those that
    a weak read has ``seen`` are there; others are read strongly.
    """
    last = _entry(log, conversation, delivered, seen)
    return last if read == delivered else _entry(log, conversation, read, seen), last


def _entry(log: Log, conversation: str, seq: int, seen: Mapping[int, Entry]) -> Entry | None:
    if seq == 0:
        return None
    return seen.get(seq) or log.entry(conversation, seq, strong=True)


def _behind(log: Log, conversation: str, seq: int) -> Entry | None:
    """The first entry after ``seq``. If there is one, an entry that is missing at ``seq`` was there, and is gone."""
    entries, _ = log.after(conversation, seq, 1)
    return entries[0] if entries else None


def _count_before(log: Log, conversation: str, seq: int) -> int:
    """The count up to ``seq``, where that entry is gone. Whatever lay between it and the first that is left is gone as
    well, and counts as read.
    """
    first = _behind(log, conversation, seq) if seq else None
    return first.count - first.counts if first else 0


def _move(
    memberships: Memberships, stored: Membership, delivered: int, read: int, read_count: int
) -> tuple[Membership, Membership]:
    return compare_and_set(
        stored,
        lambda held: _grown(held, delivered, read, read_count),
        memberships.move_marks,
        attempts=_ATTEMPTS,
        busy="too many devices are marking at once",
    )


def _grown(stored: Membership, delivered: int, read: int, read_count: int) -> Membership:
    new = replace(stored, delivered=max(stored.delivered, delivered))
    return replace(new, read=read, read_count=read_count) if read > stored.read else new
