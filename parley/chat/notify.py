"""Notify: offer again what nobody has confirmed, to live sockets and as one push per recipient and burst.

Who has muted the conversation gets no push, and their pushed mark stays: it tells of pushes, and there was none.

Driven by the log's stream, so it does not depend on the send that stored an entry having lived. It runs in two
steps: ``advance`` first, then ``offer``, again and again until it no longer asks to wait.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from parley.chat import frames, summaries
from parley.chat.conversation_ids import direct_members
from parley.chat.model import Entry, Membership
from parley.chat.ports import Directory
from parley.core.errors import ParleyError, Unavailable
from parley.delivery import endpoints, fanout
from parley.delivery.model import Connection, Recipient
from parley.delivery.ports import Delivery, Devices, Notification, Push, Sockets

RECENT_STEP_MS = 60 * 60 * 1000
"""How far a conversation's ``recent`` may lag: a write for each member every hour in which something is said."""

_INBOX_PAGE = 1_000
_HEADS_PAGE = 100

Preview = Literal["none", "sender", "full"]


class Rules(Struct, frozen=True):
    """What a deployment wants of its pushes."""

    grace_ms: int = 2_000
    """How long a live device has to confirm an entry before it is offered again. A stream's batch window ends
    at once for the last record in it, so that the entry's own age is what counts."""
    race_ms: int = 1_000
    """A connection this little older than an entry may have been missed by the send's eventually consistent read."""
    preview: Preview = "sender"
    """What a push shows: nothing of the message, who wrote it, or its text too."""


class Ports(Struct, frozen=True):
    """What notifying needs from the world."""

    directory: Directory
    sockets: Sockets
    devices: Devices
    push: Push


class DeliveryResult(Struct, frozen=True):
    """How it went; with ``wait_ms``, nothing was done yet and the call is to be repeated after that time."""

    wait_ms: int = 0
    posted: fanout.FanoutResult = fanout.FanoutResult()
    pushes: int = 0
    forgotten: int = 0
    """Endpoints found to be dead, and given up."""
    refused: int = 0
    """Pushes that SNS will not take from us before an operator has mended something."""

    def __add__(self, other: "DeliveryResult") -> "DeliveryResult":
        return DeliveryResult(
            wait_ms=max(self.wait_ms, other.wait_ms),
            posted=self.posted + other.posted,
            pushes=self.pushes + other.pushes,
            forgotten=self.forgotten + other.forgotten,
            refused=self.refused + other.refused,
        )


def advance(entries: Sequence[Entry], directory: Directory) -> None:
    """Move the conversation's head to the newest of these entries, and see that the media they refer to are kept.

    A replay changes nothing.
    """
    directory.advance_head(summaries.newer(None, entries))
    for media in dict.fromkeys(m for e in entries for m in e.body.media):
        directory.add_reference(media)


def offer(entries: Sequence[Entry], now: int, ports: Ports, rules: Rules) -> DeliveryResult:
    """Offer one conversation's burst (ascending, at least one entry) to every member who has not confirmed it.

    The pushed mark moves after the push: a crash between the two repeats the push, which replaces the first on
    the device.

    Raises:
        Unavailable: some recipient could not be served. All the others have been; the burst may be offered again.
    """
    conversation = entries[-1].conversation
    members = direct_members(conversation) or ()
    found = ports.directory.find(reach=members, memberships=[(m, conversation) for m in members])
    tasks = [_Task(entries, found.reach.get(m), found.memberships.get((m, conversation)), rules, now) for m in members]
    wait_ms = max((t.wait_ms for t in tasks), default=0)
    if wait_ms > 0:
        return DeliveryResult(wait_ms=wait_ms)
    needy = [m for m, task in zip(members, tasks, strict=True) if task.needed]
    done = _serve_all(entries, needy, members, now, ports, rules) if needy else DeliveryResult()
    newest = entries[-1].at
    for membership in found.memberships.values():
        if membership.recent <= newest - RECENT_STEP_MS:
            ports.directory.move_recent(membership, newest)
    return done


def _serve_all(
    entries: Sequence[Entry], needy: Sequence[str], members: Sequence[str], now: int, ports: Ports, rules: Rules
) -> DeliveryResult:
    conversation = entries[-1].conversation
    # Act only on what is surely so: what is found now may have been confirmed in the meantime.
    found = ports.directory.find(reach=members, memberships=[(m, conversation) for m in needy], strong=True)
    names = {u: r.name for u, r in found.reach.items()}
    done, failed = DeliveryResult(), 0
    for user in needy:
        task = _Task(entries, found.reach.get(user), found.memberships.get((user, conversation)), rules, now)
        try:
            done += _serve(task, names, now, ports, rules)
        except ParleyError:
            failed += 1
    if failed:
        raise Unavailable(f"{failed} of {len(needy)} recipients could not be served", retry_after=1)
    return done


class _Task:
    """What one member is owed of a burst."""

    def __init__(
        self, entries: Sequence[Entry], reach: Recipient | None, membership: Membership | None, rules: Rules, now: int
    ) -> None:
        self.reach = reach
        self.membership = membership
        self.user = membership.user if membership else ""
        self.wait_ms = 0
        self.owed: list[Entry] = []
        self.late: list[tuple[Connection, list[Entry]]] = []
        self.unknown = reach is None or membership is None
        self.young = now - entries[-1].at < rules.race_ms
        if reach is None or membership is None:
            return
        live = reach.live(now)
        self.owed = [e for e in entries if e.sender != membership.user and e.seq > membership.delivered]
        if self.owed and live:
            age = now - self.owed[-1].at
            self.wait_ms = min(max(rules.grace_ms - age, 0), rules.grace_ms)
        if not self.owed:
            self.late = self._late(entries, live, rules)

    def _late(
        self, entries: Sequence[Entry], live: Sequence[Connection], rules: Rules
    ) -> list[tuple[Connection, list[Entry]]]:
        if len(live) == 1 and any(e.sender == self.user for e in entries):
            return []  # the one socket they have is the one they wrote on
        late = [(c, [e for e in entries if c.at > e.at - rules.race_ms]) for c in live]
        return [(c, missed) for c, missed in late if missed]

    @property
    def needed(self) -> bool:
        """Whether to look again, strongly: something is owed, or a weak read has missed a row just written, or may miss
        a connection still.
        """
        return bool(self.owed or self.late or self.unknown or self.young)


def _serve(task: _Task, names: dict[str, str], now: int, ports: Ports, rules: Rules) -> DeliveryResult:
    if task.reach is None or task.membership is None:
        return DeliveryResult()
    if not task.owed:
        return DeliveryResult(posted=_post_late(task, now, ports))
    posted = fanout.FanoutResult()
    for entry in task.owed:
        frame = frames.encode(frames.Message(entry=entry))
        posted += _post(task.reach, frame, now, ports)
    newest = task.owed[-1]
    pushed = _Pushed(0, 0, 0)
    if newest.seq > task.membership.pushed and task.reach.devices and task.membership.muted <= now:
        pushed = _push(newest, task.reach, names, now, ports, rules)
        ports.directory.move_pushed(task.reach.user, newest.conversation, newest.seq)
    _must_hear(posted)
    return DeliveryResult(posted=posted, pushes=pushed.sent, forgotten=pushed.forgotten, refused=pushed.refused)


def _post_late(task: _Task, now: int, ports: Ports) -> fanout.FanoutResult:
    assert task.reach is not None
    posted = fanout.FanoutResult()
    for connection, entries in task.late:
        only = Recipient(user=task.user, role=task.reach.role, seen=0, connections=(connection,))
        for entry in entries:
            frame = frames.encode(frames.Message(entry=entry))
            posted += _post(only, frame, now, ports)
    _must_hear(posted)
    return posted


def _post(reach: Recipient, frame: bytes, now: int, ports: Ports) -> fanout.FanoutResult:
    """This is the last offer: a socket that does not take it is closed."""
    return fanout.post(ports.sockets, ports.directory, [reach], frame, now, close=lambda _: True)


def _must_hear(posted: fanout.FanoutResult) -> None:
    if posted.deaf:
        raise Unavailable("a socket neither takes an entry nor closes", retry_after=1)


class _Pushed(Struct, frozen=True):
    """How many devices took a push, how many endpoints were dead and are forgotten, how many were refused us."""

    sent: int
    forgotten: int
    refused: int


def _push(newest: Entry, reach: Recipient, names: dict[str, str], now: int, ports: Ports, rules: Rules) -> _Pushed:
    """Push to each of the user's devices."""
    notification = Notification(
        conversation=newest.conversation,
        seq=newest.seq,
        badge=badge(reach.user, now, ports.directory),
        title=_title(names.get(newest.sender, ""), rules.preview),
        text=summaries.preview(newest.body) if rules.preview == "full" else "",
        sender="" if rules.preview == "none" else newest.sender,
    )
    ends = ports.push.send(reach.devices, notification)
    for place, device in enumerate(reach.devices):
        if ends[place] is Delivery.GONE and not endpoints.gone(reach.user, device, now, ports.devices, ports.push):
            ends[place] = Delivery.LATER
    if Delivery.LATER in ends and Delivery.DONE not in ends:  # else a retry would ring the others again
        raise Unavailable("a push was not taken", retry_after=1)
    return _Pushed(*(ends.count(end) for end in (Delivery.DONE, Delivery.GONE, Delivery.REFUSED)))


def _title(name: str, preview: Preview) -> str:
    return name if name and preview != "none" else "New message"


def badge(user: str, now: int, directory: Directory) -> int:
    """How many unread messages the user has in all conversations together, but for those that are muted.

    Reads the user's whole inbox, and so is done only for a push. The stored heads are as fresh as this burst.
    """
    total, after, more = 0, "", True
    while more:
        rows, more = directory.memberships(user, after, _INBOX_PAGE)
        if not rows:
            break
        after = rows[-1].conversation
        heard = [m for m in rows if m.muted <= now]
        pages = [heard[i : i + _HEADS_PAGE] for i in range(0, len(heard), _HEADS_PAGE)]
        total += sum(_unread(page, directory) for page in pages)
    return total


def _unread(page: Sequence[Membership], directory: Directory) -> int:
    found = directory.find(heads=[m.conversation for m in page], strong=True).heads
    return sum(found[m.conversation].unread(m) for m in page if m.conversation in found)
