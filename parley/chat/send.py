"""Send: put one entry at the end of a conversation's log, once, and hand it to everybody's other devices."""

from collections.abc import Sequence

from msgspec import Struct

from parley.chat import attachments, conversations
from parley.chat.entries import Body, Entry, MessageEntry
from parley.chat.events import Message
from parley.chat.ports import Log, Snapshot, Snapshots
from parley.core.errors import BadRequest, Blocked, Conflict, ParleyError, RateLimited, Unavailable
from parley.core.parallel import Parallel
from parley.core.session import Session
from parley.core.writes import Stored
from parley.delivery import fanout
from parley.delivery.ports import Connections, Sockets

SPAN = 200
"""How many entries behind a client's ``after`` are searched for its own retry; more is a conflict."""

_ATTEMPTS = 20
# Each lost race is somebody else's entry, so this many in one call means a storm: the client comes back.


class Rules(Struct, frozen=True):
    """What a deployment allows.

    A sender may write ``burst`` entries in a row within ``burst_ms``, in one conversation.
    """

    allow_consumer_pairs: bool = False
    burst: int = 8
    burst_ms: int = 4_000


class Command(Struct, frozen=True):
    """Say something, to a user or in a conversation: exactly one of the two is given."""

    id: str
    """The sender's own: the same one is never stored twice."""
    after: int
    """The newest seq that the sender knows in the conversation; 0 for none."""
    text: str = ""
    media: tuple[str, ...] = ()
    to: str = ""
    conversation: str = ""


class Ports(Struct, frozen=True):
    """What sending needs from the world."""

    log: Log
    snapshots: Snapshots
    connections: Connections
    sockets: Sockets
    parallel: Parallel


def _since(after: int, rules: Rules) -> int:
    """From where the log is read: a little before ``after``, for flood control."""
    return max(after - rules.burst + 1, 0)


def _limit(rules: Rules) -> int:
    return SPAN + rules.burst + 1


class Sent(Struct, frozen=True):
    """The stored entry, and what it took: whether it was stored before, races lost, how delivery went."""

    entry: Entry
    repeated: bool
    conflicts: int
    posted: fanout.FanoutResult


class _Window:
    """The newest entries of a log, as far as this send has to know them."""

    def __init__(self, entries: Sequence[Entry], after: int, rules: Rules) -> None:
        self.entries = entries
        self.after = after
        self.rules = rules
        self.tail = entries[-1].seq if entries else 0
        self.count = entries[-1].count if entries else 0
        self.at = entries[-1].at if entries else 0

    @property
    def whole(self) -> bool:
        """Whether nothing is missing of what was asked for, so that an absent id is truly absent."""
        first = max(_since(self.after, self.rules), self.tail - _limit(self.rules) + 1, 1)
        return self.tail >= self.after and [e.seq for e in self.entries] == list(range(first, self.tail + 1))

    @property
    def too_long(self) -> bool:
        return self.tail - self.after > SPAN

    def find(self, sender: str, command_id: str) -> Entry | None:
        return next((e for e in self.entries if e.id == command_id and e.sender == sender), None)


def send(command: Command, session: Session, now: int, ports: Ports, rules: Rules) -> Sent:
    """Store the message and deliver it; a message sent before is found, and acknowledged with its first seq.

    Raises:
        BadRequest: there is neither text nor media, ``after`` is ahead of the log, or users would talk to themselves.
        Forbidden, NotFound, Blocked: these two may not talk.
        NotReady, NotFound: media are still being verified, or are not this sender's for this conversation.
        Conflict: ``after`` is more than ``SPAN`` behind; sync, look for the id, and only then send again.
        RateLimited: too many in a row.
        Unavailable: a storage fault, or a storm of writers; nothing is known to be stored.
    """
    if not (command.text or command.media):
        raise BadRequest("give `text`, `media` or both")
    conversation = _addressed(command, session)
    found, window = ports.parallel.both(
        lambda: ports.snapshots.find(
            recipients=conversation.members,
            blocks=[(conversation.other, conversation.me)],
            media=dict.fromkeys(command.media),
        ),
        lambda: _read(conversation, command, ports.log, rules, strong=False),
    )
    if not window.whole:
        window = _read(conversation, command, ports.log, rules, strong=True)
    refusal = _refusal(session, conversation, found, ports.snapshots, rules) or attachments.refusal(
        command.media, session.user, conversation.id, now, found, ports.snapshots
    )
    before = window.find(session.user, command.id)
    if before is not None:
        # Stored is stored, whatever has changed since. Delivered again, as the send it repeats may have died between
        # storing and posting; but not to who would not take it now.
        posted = fanout.FanoutResult() if refusal else _deliver(before, session, now, found, ports)
        return Sent(entry=before, repeated=True, conflicts=0, posted=posted)
    if refusal:
        raise refusal
    entry, repeated, conflicts = _store(command, session, now, conversation, window, ports, rules)
    posted = _deliver(entry, session, now, found, ports)
    return Sent(entry=entry, repeated=repeated, conflicts=conflicts, posted=posted)


def _read(
    conversation: conversations.Conversation, command: Command, log: Log, rules: Rules, *, strong: bool
) -> _Window:
    entries = log.newest(conversation.id, _since(command.after, rules), _limit(rules), strong=strong)
    return _Window(entries, command.after, rules)


def _refusal(
    session: Session, conversation: conversations.Conversation, found: Snapshot, snapshots: Snapshots, rules: Rules
) -> ParleyError | None:
    """Why these two may not talk, if so. What a weak read would refuse is read again: user or role may be new."""
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
    """The stored entry, whether it was there before, and how many races for a slot were lost."""
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
            at=max(now, window.at),  # clocks of Lambdas differ; times follow the order, not the other way round
            body=Body(text=command.text, media=command.media),
        )
        outcome = ports.log.append(entry, conversation.members)
        if isinstance(outcome, Stored):
            return entry, False, lost
        holder = outcome.current
        if holder.id == command.id and holder.sender == session.user:
            return holder, True, lost
        window = _read(conversation, command, ports.log, rules, strong=True)
    raise Unavailable("too many are writing to this conversation at once", retry_after=1)


def _flood_control(entries: Sequence[Entry], sender: str, now: int, rules: Rules) -> None:
    latest = entries[-rules.burst :]
    if len(latest) < rules.burst or any(e.sender != sender for e in latest):
        return
    free_at = latest[0].at + rules.burst_ms
    if now < free_at:
        raise RateLimited("too many messages in a row", retry_after=(free_at - now) / 1000)


def _deliver(entry: Entry, session: Session, now: int, found: Snapshot, ports: Ports) -> fanout.FanoutResult:
    """Post to everybody's other sockets.

    The notifier goes by what a user has confirmed. The recipient's only socket can be left to it; one beside others,
    or the sender's, cannot.
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
