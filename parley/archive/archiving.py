"""Archive: move entries that are old and confirmed from the log to packs. A run may die, or meet another, at any point.

1. A conversation that is due is read from where its part of the archive ends. Entries leave if they are old enough,
   every member has confirmed and read them, and a later entry stays: the log's newest is what the next seq stands on.
2. They are packed with those of other conversations, and the pack is stored, read back, and compared with them.
3. Only then is each segment noted in the index, on the condition that nobody has moved the conversation since: neither
   another run nor an erasure, which takes the key away.
4. What the index has leaves the log, and the conversation is scheduled for when its next entries are old enough.

A run that dies before 3 leaves a pack that nothing refers to. One that dies after it leaves entries in the log that
are in the archive as well, and the next run removes them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from parley.archive import packing
from parley.archive.model import SHARDS, Due, Segment, State
from parley.archive.ports import Broken, Cipher, Index, Packs, Schedule
from parley.chat import conversations
from parley.chat.entries import Entry
from parley.chat.model import Membership
from parley.chat.ports import Log, OldEntries, Snapshot, Snapshots
from parley.core.writes import Occupied

DAY_MS = 24 * 3600 * 1000
SPARE_MS = 120 * 1000
"""The end of a run, in which no conversation is begun: long enough to store and verify a pack."""
LATER_MS = 3600 * 1000
"""For how long a conversation that failed is put off, so that it does not hold up those behind it."""

_QUEUE = 50


class Rules(Struct, frozen=True):
    """What a deployment decides about the archive."""

    after_ms: int
    """How old entries are that leave the log."""
    pause_ms: int = 30 * DAY_MS
    """A conversation is looked at no more often than this, so that its segments are not too small."""
    pack_bytes: int = 8 * 1024 * 1024
    """A pack is stored once it has this many bytes, or at the end of a run."""
    segment_entries: int = 1_000
    """The most entries in a segment, which is read as a whole."""


class Ports(Struct, frozen=True):
    """What archiving needs from the world."""

    log: Log
    old_entries: OldEntries
    snapshots: Snapshots
    schedule: Schedule
    index: Index
    packs: Packs
    cipher: Cipher


class Run(Struct):
    """How it went: what was archived, and why conversations failed."""

    conversations: int = 0
    """How many conversations were looked at."""
    entries: int = 0
    """How many entries have left the log."""
    packs: int = 0
    errors: list[Exception] = []


class _Part(Struct, frozen=True):
    """A segment to be: its entries, its bytes, and when to look at the conversation again (0: not with this one)."""

    due: Due
    state: State
    entries: list[Entry]
    data: bytes
    again: int

    @property
    def first(self) -> int:
        return self.entries[0].seq

    @property
    def last(self) -> int:
        return self.entries[-1].seq


class _Pack:
    """A pack as it fills up."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.size = 0

    def add(self, part: _Part) -> None:
        self.parts.append(part)
        self.size += len(part.data)


def run(now: int, shard: int, name: Callable[[], str], ports: Ports, rules: Rules, left: Callable[[], int]) -> Run:
    """Archive what is due, as long as there is time.

    Args:
        now: in ms.
        shard: the part of the schedule to begin with. A run that always began with the same might never get to others.
        name: returns a new pack's name.
        ports: what it needs.
        rules: the deployment's.
        left: returns how many ms are left until the run is stopped. Conversations that it does not get to stay due.
    """
    done = Run()
    pack = _Pack()
    for due in _queue(now, shard, ports.schedule):
        if left() <= SPARE_MS:
            break
        done.conversations += 1
        try:
            for part in _parts(due, now, ports, rules):
                pack.add(part)
                if pack.size >= rules.pack_bytes:
                    pack, full = _Pack(), pack
                    _store(full, name(), ports, done)
                if left() <= SPARE_MS:
                    break
        except Exception as error:  # noqa: BLE001  (whatever is wrong with one conversation must not affect the next)
            done.errors.append(error)
            with suppress(Exception):  # it stays due
                ports.schedule.move(due, now + LATER_MS)
    if pack.parts:
        try:
            _store(pack, name(), ports, done)
        except Exception as error:  # noqa: BLE001  (as above)
            done.errors.append(error)
    return done


def _queue(now: int, begin: int, schedule: Schedule) -> Iterator[Due]:
    for shard in range(begin, begin + SHARDS):
        last = None
        while page := schedule.due(shard % SHARDS, now, last, _QUEUE):
            yield from page
            last = page[-1]


def _parts(due: Due, now: int, ports: Ports, rules: Rules) -> Iterator[_Part]:
    """What of a conversation leaves the log, segment by segment. One with nothing to archive is scheduled for later."""
    conversation = due.conversation
    state = ports.index.state(conversation)
    if state is not None and state.through:
        _leave_log(state, ports)
    keys = [(user, conversation) for user in conversations.members_of(conversation)]
    found = ports.snapshots.find(memberships=keys, summaries=[conversation], strong=True)
    through, more = state.through if state else 0, True
    part: _Part | None = None
    while more:
        page, more = ports.log.after(conversation, through, rules.segment_entries + 1)
        if not page and not through:  # it has been erased
            ports.schedule.drop(due)
            return
        leaving = _leaving(page, found, now, rules)
        more = more and 0 < len(leaving) == len(page) - 1
        again = 0 if more else _again(page[len(leaving) :], now, rules)
        if not leaving:
            if part is None:
                ports.schedule.move(due, again)
            else:
                part = replace(part, again=again)
            break
        if part is not None:
            yield part
        if state is None:
            state = ports.index.open(conversation, ports.cipher.new_key())
        if state is None or state.through != through:  # erased, or archived by another run, since it was read
            return
        part = _Part(due, state, leaving, packing.pack(leaving, state, ports.cipher), again)
        through = leaving[-1].seq
        state = replace(state, through=through)
    if part is not None:
        yield part


def _leaving(page: Sequence[Entry], found: Snapshot, now: int, rules: Rules) -> list[Entry]:
    """The entries at the beginning of a page that may leave. Its last one never does: it may be the log's newest.

    Nothing leaves a conversation in which nobody is left, because it is about to be erased.
    """
    members = found.memberships.values()
    leaving: list[Entry] = []
    for entry in page[:-1] if members else ():
        if not _is_old(entry, now, rules) or not all(_is_done_with(entry, m, found) for m in members):
            break
        leaving.append(entry)
    return leaving


def _is_done_with(entry: Entry, member: Membership, found: Snapshot) -> bool:
    """Whether a member has confirmed and read an entry, so that no device has yet to get it, and no count is of it."""
    summary = found.summaries.get(entry.conversation)
    seen = max(member.read_count, summary.sent.get(member.user, 0) if summary else 0)
    return (entry.seq <= member.delivered or entry.sender == member.user) and entry.count <= seen


def _is_old(entry: Entry, now: int, rules: Rules) -> bool:
    return entry.at < now - rules.after_ms


def _again(staying: Sequence[Entry], now: int, rules: Rules) -> int:
    """When to look at a conversation again, given the first entries that stay.

    What is written behind an old newest entry is old enough no sooner than after the whole time. An old one that stays
    for another reason has not been confirmed or read.
    """
    if not staying:
        return now + rules.pause_ms
    if _is_old(staying[0], now, rules):
        return now + (rules.pause_ms if len(staying) > 1 else max(rules.after_ms, rules.pause_ms))
    return max(staying[0].at + rules.after_ms, now + rules.pause_ms)


def _store(pack: _Pack, name: str, ports: Ports, done: Run) -> None:
    """Store a pack and verify it; then have its entries leave the log.

    Raises:
        Broken: it reads back as something else. Nothing has left the log.
    """
    ports.packs.put_pack(name, b"".join(part.data for part in pack.parts))
    copy = ports.packs.read(name)
    segments: list[Segment] = []
    offset = 0
    for part in pack.parts:
        segment = Segment(part.due.conversation, part.first, part.last, name, offset, len(part.data))
        data = copy[offset : offset + segment.length]
        if packing.unpack(data, part.first, part.last, part.state, ports.cipher) != part.entries:
            raise Broken("a segment does not hold what was packed")
        segments.append(segment)
        offset += segment.length
    done.packs += 1
    for part, segment in zip(pack.parts, segments, strict=True):
        if isinstance(ports.index.add(part.state, segment), Occupied):
            continue  # erased, or archived by another run; the same holds for those of its segments that follow
        _leave_log(replace(part.state, through=segment.last), ports)
        done.entries += len(part.entries)
        if part.again:
            ports.schedule.move(part.due, part.again)


def _leave_log(state: State, ports: Ports) -> None:
    """Remove from the log what the archive has of a conversation, if that has not been done."""
    oldest, _ = ports.log.after(state.conversation, 0, 1)
    if oldest and oldest[0].seq <= state.through:
        ports.old_entries.remove(state.conversation, oldest[0].seq, state.through)
