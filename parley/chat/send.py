"""Send: append one entry to a conversation's log, exactly once, and deliver it to all other devices of its members."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from parley.chat import attachments, conversations
from parley.chat.entries import Body, Entry, MessageEntry
from parley.chat.events import Message
from parley.chat.people import blocking
from parley.chat.ports import BlockCounts, Log, LogSnapshots, Snapshot, Snapshots
from parley.core.errors import BadRequest, Conflict, ParleyError, RateLimited, Unavailable
from parley.core.session import Session
from parley.core.writes import Stored
from parley.delivery import fanout
from parley.delivery.ports import Connections, Sockets

SPAN = 200
"""How many entries after a client's ``after`` are searched for an earlier attempt; more than that is a conflict."""

MOST_AHEAD_MS = 30_000
"""How far an entry's time may follow a tail that lies ahead of ``now``, when the call began: a call takes up to
20 s (the function's time-out), and Lambdas' clocks differ by milliseconds. A tail that is further ahead was stored by
one whose clock is wrong, and does not bind those after it."""

YOUNG_MS = 24 * 3600 * 1000
"""How old the entry at a client's ``after`` may be for its neighbour's slot to be taken for the tail's. Old entries may
have left the log, in any order (DynamoDB's TTL keeps none), so that a free slot among them says nothing; no rule of
retention may be shorter than this."""

_ATTEMPTS = 20
# Each race is lost to somebody else's entry, so this many in one call means a storm: the client has to come back.


class Rules(Struct, frozen=True):
    """What a deployment allows.

    A sender may write ``burst`` entries in a row within ``burst_ms``, in one conversation.
    """

    allow_consumer_pairs: bool = False
    burst: int = 8
    burst_ms: int = 4_000


class Command(Struct, frozen=True):
    """A message, to a user or in a conversation: exactly one of ``to`` and ``conversation`` is given."""

    id: str
    """The sender's own id for the message: the same id is never stored twice."""
    after: int
    """The newest seq that the sender knows in the conversation; 0 for none."""
    text: str = ""
    media: tuple[str, ...] = ()
    to: str = ""
    conversation: str = ""


class Ports(Struct, frozen=True):
    """What sending needs from the world."""

    log: Log
    log_snapshots: LogSnapshots
    snapshots: Snapshots
    block_counts: BlockCounts
    connections: Connections
    sockets: Sockets


def _since(after: int, rules: Rules) -> int:
    """The seq from which flood control looks at the log when ``after`` is its tail; it may be below 1."""
    return after - rules.burst + 1


def _seqs(after: int, rules: Rules) -> tuple[int, int]:
    """The two entries that are read by key: the tail, if nobody has written since, and where flood control begins.

    In a young conversation the second is the one next to the tail instead. In others the append tells whether that slot
    is free: half a read unit for each message would cost more than a failed write where two write at once. Nothing is
    below 1.
    """
    since = _since(after, rules)
    return after, since if since > 0 else after + 1


class Sent(Struct, frozen=True):
    """The stored entry, whether it had been stored before, how many races were lost, and how delivery went."""

    entry: Entry
    repeated: bool
    conflicts: int
    posted: fanout.FanoutResult


class _Window:
    """Entries of a log, in a row. The last one is the tail as far as is known; if it is not, the append says so."""

    def __init__(self, entries: Sequence[Entry], after: int) -> None:
        self.entries = entries
        self.after = after
        self.tail = entries[-1].seq if entries else 0
        self.count = entries[-1].count if entries else 0
        self.at = entries[-1].at if entries else 0

    @classmethod
    def of(cls, found: Mapping[int, Entry], after: int) -> "_Window":
        """What a weak read of single entries has found at ``after``, and next to it."""
        return cls([found[seq] for seq in (after, after + 1) if seq in found], after)

    def ends(self, now: int) -> bool:
        """Whether what a weak read has found ends at the tail, unless the slot behind it turns out to be taken.

        It does if the client's ``after`` was found, and is young. At the beginning, it does not: a log without its
        first entry may be one that has not begun, or one whose old entries are gone.
        """
        return bool(self.entries) and self.entries[0].seq == self.after and now - self.entries[0].at < YOUNG_MS

    @property
    def too_long(self) -> bool:
        """Whether entries after ``after`` are missing, because they are too many or too large."""
        return self.tail - self.after > SPAN or bool(self.entries and self.entries[0].seq > self.after + 1)

    def find(self, sender: str, command_id: str) -> Entry | None:
        return next((e for e in self.entries if e.id == command_id and e.sender == sender), None)


def send(command: Command, session: Session, now: int, ports: Ports, rules: Rules) -> Sent:
    """Store the message and deliver it. A message sent before is found, and acknowledged with its first seq.

    Raises:
        BadRequest: there is neither text (other than blanks) nor media, or the user addresses themselves.
        Forbidden, NotFound, Blocked: these two users may not talk to each other.
        NotReady, NotFound: media are still being verified, or the sender has not uploaded them for this
            conversation.
        Conflict: ``after`` is more than ``SPAN`` entries behind, too much has been written since, or it is ahead of
            the log, as after a restore; sync first, look for the id, and only then send again.
        RateLimited: the sender has written too many messages in a row.
        Unavailable: storage has failed, or too many are writing at once; nothing is known to be stored.
    """
    if not (command.text.strip() or command.media):
        raise BadRequest("give `text`, `media` or both; a text of blanks says nothing")
    conversation = _addressed(command, session)
    found, entries = ports.log_snapshots.find_with_entries(
        conversation.id,
        _seqs(command.after, rules),
        recipients=conversation.members,
        blocks=blocking.either_way(conversation),
        media=dict.fromkeys(command.media),
    )
    refusal = _refusal(session, conversation, found, ports.snapshots, rules) or attachments.refusal(
        command.media, session.user, conversation.id, now, found, ports.snapshots
    )
    window = _Window.of(entries, command.after)
    before = window.find(session.user, command.id)
    if before is None and (refusal or not window.ends(now) or _may_flood(window, entries, session.user, now, rules)):
        window = _read(conversation, command, ports.log, rules)
        before = window.find(session.user, command.id)
    if before is not None:
        # What is stored stays stored, whatever has changed since. It is delivered again, because the send that it
        # repeats may have died between storing and posting; but not if it would be refused now.
        posted = fanout.FanoutResult() if refusal else _deliver(before, session, now, found, ports)
        return Sent(entry=before, repeated=True, conflicts=0, posted=posted)
    if refusal:
        raise refusal
    entry, repeated, conflicts = _store(command, session, now, conversation, window, ports, rules)
    posted = _deliver(entry, session, now, found, ports)
    blocking.count_old_rows(found, now, ports.block_counts)
    return Sent(entry=entry, repeated=repeated, conflicts=conflicts, posted=posted)


def _read(conversation: conversations.Conversation, command: Command, log: Log, rules: Rules) -> _Window:
    """The slow path: everything from where flood control begins to the tail, read strongly."""
    since = max(_since(command.after, rules), 0)
    entries = log.newest(conversation.id, since, SPAN + rules.burst + 1)
    return _Window(entries, command.after)


def _refusal(
    session: Session, conversation: conversations.Conversation, found: Snapshot, snapshots: Snapshots, rules: Rules
) -> ParleyError | None:
    """Why these two may not talk; None if they may.

    What a weak read would refuse is read again strongly, because the user or their role may be new, and they may have
    unblocked each other just now.
    """
    try:
        conversations.may_talk(
            session, found.recipients.get(conversation.other), allow_consumer_pairs=rules.allow_consumer_pairs
        )
    except ParleyError:
        found.recipients |= snapshots.find(recipients=[conversation.other], strong=True).recipients
        try:
            conversations.may_talk(
                session, found.recipients.get(conversation.other), allow_consumer_pairs=rules.allow_consumer_pairs
            )
        except ParleyError as refusal:
            return refusal
    if blocking.refusal(conversation, found.blocks) is None:
        return None
    again = snapshots.find(blocks=blocking.either_way(conversation), strong=True)
    return blocking.refusal(conversation, again.blocks)


def _addressed(command: Command, session: Session) -> conversations.Conversation:
    if command.to:
        return conversations.address(session, command.to)
    return conversations.enter(session, command.conversation)


def _store(
    command: Command,
    session: Session,
    now: int,
    conversation: conversations.Conversation,
    window: _Window,
    ports: Ports,
    rules: Rules,
) -> tuple[Entry, bool, int]:
    """Store the message; return its entry, whether that was there before, and how many races for a slot were lost."""
    for lost in range(_ATTEMPTS):
        if window.tail < command.after:
            # The log was restored to an earlier time: a sync takes the client back, and then its message goes through.
            raise Conflict("`after` is ahead of the conversation's newest entry: sync first", tail=window.tail)
        before = window.find(session.user, command.id)
        if before is not None:
            return before, True, lost
        if window.too_long:
            raise Conflict("too far behind to be sure this was not sent before: sync first", tail=window.tail)
        _flood_control(window.entries, session.user, now, rules)
        entry = MessageEntry(
            conversation=conversation.id,
            seq=window.tail + 1,
            count=window.count + MessageEntry.counts,
            id=command.id,
            sender=session.user,
            at=_time(now, window.at),
            body=Body(text=command.text, media=command.media),
        )
        outcome = ports.log.append(entry, conversation.members)
        if isinstance(outcome, Stored):
            return entry, False, lost
        holder = outcome.current
        if holder.id == command.id and holder.sender == session.user:
            return holder, True, lost
        # The first race is most often lost to the one message that was under way: what holds the slot is then the tail.
        if lost == 0 and holder.sender != session.user:
            window = _Window([*window.entries, holder], command.after)
        else:
            window = _read(conversation, command, ports.log, rules)
    raise Unavailable("too many are writing to this conversation at once", retry_after=1)


def _may_flood(window: _Window, found: Mapping[int, Entry], sender: str, now: int, rules: Rules) -> bool:
    """Whether flood control may refuse the message, so that it is worth reading all that it goes by.

    It can only if the sender wrote both the tail and the entry ``burst`` places back, a short while ago. If a weak read
    has missed the latter, one more message gets through.
    """
    last = window.entries[-1] if window.entries else None
    if last is None or last.sender != sender:
        return False
    if last.seq > window.after:  # the sender's own, from another device: the entries found are one place off
        return True
    first = found.get(_since(window.after, rules))
    return first is not None and first.sender == sender and now < first.at + rules.burst_ms


def _time(now: int, tail: int) -> int:
    """The time of an entry that is stored at ``now`` behind one stored at ``tail``. Times follow the order, but not a
    clock that is wrong: the order is that of the seqs in any case.
    """
    return tail if now < tail <= now + MOST_AHEAD_MS else now


def _flood_control(entries: Sequence[Entry], sender: str, now: int, rules: Rules) -> None:
    latest = entries[-rules.burst :]
    if len(latest) < rules.burst or any(e.sender != sender for e in latest):
        return
    # An entry was stored no later than those behind it, whatever a wrong clock has made of its own time.
    began = min(e.at for e in latest)
    free_at = began + rules.burst_ms
    if began <= now + rules.burst_ms and now < free_at:
        raise RateLimited("too many messages in a row", retry_after=min(free_at - now, rules.burst_ms) / 1000)


def _deliver(entry: Entry, session: Session, now: int, found: Snapshot, ports: Ports) -> fanout.FanoutResult:
    """Post to all other sockets of the members.

    A socket that does not take the entry is closed if the notifier may not notice that, since it goes by what a *user*
    has confirmed. So the recipient's only socket can be left to the notifier, but not one of several, nor the sender's.
    """
    return fanout.post(
        ports.sockets,
        ports.connections,
        found.recipients.values(),
        Message(entry=entry),
        now,
        but=session.connection,
        close=lambda recipient: recipient.user == session.user or len(recipient.live(now)) > 1,
    )
