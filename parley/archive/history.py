"""History, read through: entries that have left the log come from the archive, if their pack can be read."""

from collections.abc import Sequence

from msgspec import Struct

from parley.archive import packing
from parley.archive.ports import Cipher, Index, Packs
from parley.chat import history as live
from parley.chat.entries import Entry
from parley.chat.history import History
from parley.chat.ports import Log
from parley.core.errors import Archived
from parley.core.session import Session


class Ports(Struct, frozen=True):
    """What history needs from the world."""

    log: Log
    index: Index
    packs: Packs
    cipher: Cipher


def history(
    session: Session, conversation_id: str, before: int | None, after: int | None, limit: int, ports: Ports
) -> History:
    """A page of a conversation, as ``parley.chat.history`` returns it, from wherever its entries are.

    A page comes from one place, and so is shorter where the log meets the archive. The archive is asked only where the
    log does not have the entry with which the page begins.

    Raises:
        Archived: the page begins with entries that have to be restored first.
        BadRequest, Forbidden, NotFound: as there.
    """
    found = live.history(session, conversation_id, before, after, limit, ports.log)
    if after is not None:
        run = _rising(found.entries, after + 1)
        if run:
            return History(run, more=found.more or len(run) < len(found.entries))
        archived = _archived(conversation_id, after + 1, ports)
        return History([e for e in archived if e.seq > after][:limit], more=True) if archived else found
    last = before - 1 if before is not None else found.entries[-1].seq if found.entries else 0
    run = _falling(found.entries, last)
    if not run and last > 0:
        run = [e for e in _archived(conversation_id, last, ports) if e.seq <= last][-limit:]
    return History(run, more=run[0].seq > 1) if run else found


def _rising(entries: Sequence[Entry], first: int) -> list[Entry]:
    """Those that follow each other from ``first`` on. What leaves the log just now may leave a hole."""
    return [e for n, e in enumerate(entries) if e.seq == first + n]


def _falling(entries: Sequence[Entry], last: int) -> list[Entry]:
    """Those that follow each other up to ``last``."""
    return [e for n, e in enumerate(reversed(entries)) if e.seq == last - n][::-1]


def _archived(conversation: str, seq: int, ports: Ports) -> list[Entry]:
    """The entries of the segment that has this seq; none if it is not in the archive."""
    segment = ports.index.segment(conversation, seq)
    state = ports.index.state(conversation) if segment else None
    if segment is None or state is None:
        return []
    data = ports.packs.part(segment)
    if data is None:
        raise Archived("these entries are in the archive: ask for them to be restored")
    return packing.unpack(data, segment.first, segment.last, state, ports.cipher)
