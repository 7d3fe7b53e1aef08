"""Send: append one entry to a conversation's log, exactly once, and deliver it to all other devices of its members."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from parley.chat import attachments, conversations
from parley.chat.entries import Body, Entry, MessageEntry
from parley.chat.events import Message
from parley.chat.ports import Log, LogSnapshots, Snapshot, Snapshots
from parley.core.errors import BadRequest, Blocked, Conflict, ParleyError, RateLimited, Unavailable
from parley.core.session import Session
from parley.core.writes import Stored
from parley.delivery import fanout
from parley.delivery.ports import Connections, Sockets

SPAN = 200
"""How many entries after a client's ``after`` are searched for an earlier attempt; more than that is a conflict."""

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
    connections: Connections
    sockets: Sockets


def _since(after: int, rules: Rules) -> int:
    """The seq from which flood control looks at the log when ``after`` is its tail."""
    return after - rules.burst + 1


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

    @property
    def reaches(self) -> bool:
        """Whether it begins at the client's ``after`` or before, so that an id between there and the tail is in it."""
        return self.after == 0 or (bool(self.entries) and self.entries[0].seq <= self.after <= self.tail)

    @property
    def too_long(self) -> bool:
        return self.tail - self.after > SPAN

    def find(self, sender: str, command_id: str) -> Entry | None:
        return next((e for e in self.entries if e.id == command_id and e.sender == sender), None)


def send(command: Command, session: Session, now: int, ports: Ports, rules: Rules) -> Sent:
    """Store the message and deliver it. A message sent before is found, and acknowledged with its first seq.

    Raises:
        BadRequest: there is neither text nor media, ``after`` is ahead of the log, or the user addresses themselves.
        Forbidden, NotFound, Blocked: these two users may not talk to each other.
        NotReady, NotFound: media are still being verified, or the sender has not uploaded them for this
            conversation.
        Conflict: ``after`` is more than ``SPAN`` behind; sync first, look for the id, and only then send again.
        RateLimited: the sender has written too many messages in a row.
        Unavailable: storage has failed, or too many are writing at once; nothing is known to be stored.
    """
    if not (command.text or command.media):
        raise BadRequest("give `text`, `media` or both")
    conversation = _addressed(command, session)
    after = command.after
    found, entries = ports.log_snapshots.find_with_entries(
        conversation.id,
        (_since(after, rules), after, after + 1),
        recipients=conversation.members,
        blocks=[(conversation.other, conversation.me)],
        media=dict.fromkeys(command.media),
    )
    refusal = _refusal(session, conversation, found, ports.snapshots, rules) or attachments.refusal(
        command.media, session.user, conversation.id, now, found, ports.snapshots
    )
    window = _Window.of(entries, after)
    before = window.find(session.user, command.id)
    if before is None and (refusal or not window.reaches or _may_flood(window, entries, session.user, now, rules)):
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
    return Sent(entry=entry, repeated=repeated, conflicts=conflicts, posted=posted)


def _read(conversation: conversations.Conversation, command: Command, log: Log, rules: Rules) -> _Window:
    """The slow path: everything from where flood control begins to the tail, read strongly."""
    since = max(_since(command.after, rules), 0)
    entries = log.newest(conversation.id, since, SPAN + rules.burst + 1, strong=True)
    return _Window(entries, command.after)


def _refusal(
    session: Session, conversation: conversations.Conversation, found: Snapshot, snapshots: Snapshots, rules: Rules
) -> ParleyError | None:
    """Why these two may not talk; None if they may.

    What a weak read would refuse is read again strongly, because the user or their role may be new.
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
    if (conversation.other, conversation.me) in found.blocks:
        return Blocked("this user does not take messages from you")
    return None


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
            raise BadRequest("`after` is ahead of the conversation's newest entry")
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
            at=max(now, window.at),  # Lambdas' clocks differ; times follow the order, not the other way round
            body=Body(text=command.text, media=command.media),
        )
        outcome = ports.log.append(entry, conversation.members)
        if isinstance(outcome, Stored):
            return entry, False, lost
        holder = outcome.current
        if holder.id == command.id and holder.sender == session.user:
            return holder, True, lost
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


def _flood_control(entries: Sequence[Entry], sender: str, now: int, rules: Rules) -> None:
    latest = entries[-rules.burst :]
    if len(latest) < rules.burst or any(e.sender != sender for e in latest):
        return
    free_at = latest[0].at + rules.burst_ms
    if now < free_at:
        raise RateLimited("too many messages in a row", retry_after=(free_at - now) / 1000)


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
