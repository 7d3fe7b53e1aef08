"""Redelivery: what a recipient has not confirmed is offered again, to live sockets and as a push.

There is one push per recipient and burst. A recipient who has muted the conversation gets no push, and their pushed
mark stays where it is, because it records pushes and there was none. ``offer`` is called repeatedly until it no longer
asks to wait.
"""

from collections.abc import Sequence

from parley.chat.effects.burst import Burst
from parley.chat.effects.push import PushResult, push
from parley.chat.effects.settings import DeliveryResult, Ports, Rules
from parley.chat.entries import Entry
from parley.chat.events import Message
from parley.chat.model import Membership
from parley.core.errors import ParleyError, Unavailable
from parley.delivery import fanout
from parley.delivery.events import Event
from parley.delivery.model import Connection, Recipient


def offer(burst: Burst, now: int, ports: Ports, rules: Rules, waited_ms: int = 0) -> DeliveryResult:
    """Offer a burst to every member who has not confirmed it. Imported entries are left out.

    ``waited_ms`` is how long the caller has waited for it. It is given the grace once, even if its time lies ahead of
    ``now`` because the clock of whoever stored it was wrong.

    The pushed mark moves after the push: a crash between the two repeats the push, and the second push
    replaces the first on the device.

    Raises:
        Unavailable: some recipients could not be served. All the others have been; the burst may be offered again.
    """
    members, found = burst.members, burst.found
    entries = [e for e in burst.entries if now - e.at < rules.oldest_ms]
    if not entries:
        return DeliveryResult()
    tasks = [
        _Task(entries, found.recipients.get(m), found.memberships.get((m, burst.conversation)), rules, now)
        for m in members
    ]
    wait_ms = min(max((t.wait_ms for t in tasks), default=0), rules.grace_ms - waited_ms)
    if wait_ms > 0:
        return DeliveryResult(wait_ms=wait_ms)
    needy = [m for m, task in zip(members, tasks, strict=True) if task.needed]
    return _serve_all(entries, needy, members, now, ports, rules) if needy else DeliveryResult()


def _serve_all(
    entries: Sequence[Entry], needy: Sequence[str], members: Sequence[str], now: int, ports: Ports, rules: Rules
) -> DeliveryResult:
    conversation = entries[-1].conversation
    # This read is strong, so that we act only on what is certain: entries may have been confirmed in the meantime.
    found = ports.snapshots.find(recipients=members, memberships=[(m, conversation) for m in needy], strong=True)
    names = {u: r.name for u, r in found.recipients.items()}
    done, failed = DeliveryResult(), 0
    for user in needy:
        task = _Task(entries, found.recipients.get(user), found.memberships.get((user, conversation)), rules, now)
        try:
            done += _serve(task, names, now, ports, rules)
        except ParleyError:
            failed += 1
    if failed:
        raise Unavailable(f"{failed} of {len(needy)} recipients could not be served", retry_after=1)
    return done


class _Task:
    """What one member still has to be offered of a burst."""

    def __init__(
        self,
        entries: Sequence[Entry],
        recipient: Recipient | None,
        membership: Membership | None,
        rules: Rules,
        now: int,
    ) -> None:
        self.recipient = recipient
        self.membership = membership
        self.user = membership.user if membership else ""
        self.wait_ms = 0
        self.owed: list[Entry] = []
        self.late: list[tuple[Connection, list[Entry]]] = []
        self.unknown = recipient is None or membership is None
        self.young = now - entries[-1].at < rules.race_ms
        if recipient is None or membership is None:
            return
        live = recipient.live(now)
        self.owed = [e for e in entries if e.sender != membership.user and e.seq > membership.delivered]
        if self.owed and live:
            age = now - self.owed[-1].at
            self.wait_ms = min(max(rules.grace_ms - age, 0), rules.grace_ms)
        if not self.owed:
            self.late = self._late(entries, live, rules)

    def _late(
        self, entries: Sequence[Entry], live: Sequence[Connection], rules: Rules
    ) -> list[tuple[Connection, list[Entry]]]:
        closing = [(c, list(entries[-1:])) for c in live if c.closing]  # one that could not be closed when it was due
        if len(live) == 1 and any(e.sender == self.user for e in entries):
            return closing  # their only socket is the one on which they wrote
        late = closing + [(c, [e for e in entries if c.at > e.at - rules.race_ms]) for c in live if not c.closing]
        return [(c, missed) for c, missed in late if missed]

    @property
    def needed(self) -> bool:
        """Whether to look again with a strong read: something is owed, or the weak read has missed a row that was just
        written, or may still have missed a connection.
        """
        return bool(self.owed or self.late or self.unknown or self.young)


def _serve(task: _Task, names: dict[str, str], now: int, ports: Ports, rules: Rules) -> DeliveryResult:
    if task.recipient is None or task.membership is None:
        return DeliveryResult()
    if not task.owed:
        return DeliveryResult(posted=_post_late(task, now, ports))
    posted = fanout.FanoutResult()
    for entry in task.owed:
        posted += _post(task.recipient, Message(entry=entry), now, ports)
    newest = next((e for e in reversed(task.owed) if e.pushed), None)
    pushed = PushResult(0, 0, 0)
    if newest and newest.seq > task.membership.pushed and task.recipient.devices and task.membership.muted <= now:
        pushed = push(newest, task.recipient, names, now, ports, rules)
        if pushed.sent or pushed.refused:  # where all were gone, the app may have registered another meanwhile
            ports.memberships.move_pushed(task.recipient.user, newest.conversation, newest.seq)
    _must_hear(posted)
    return DeliveryResult(posted=posted, pushes=pushed.sent, forgotten=pushed.forgotten, refused=pushed.refused)


def _post_late(task: _Task, now: int, ports: Ports) -> fanout.FanoutResult:
    assert task.recipient is not None
    posted = fanout.FanoutResult()
    for connection, entries in task.late:
        only = Recipient(user=task.user, role=task.recipient.role, seen=0, connections=(connection,))
        for entry in entries:
            posted += _post(only, Message(entry=entry), now, ports)
    _must_hear(posted)
    return posted


def _post(recipient: Recipient, event: Event, now: int, ports: Ports) -> fanout.FanoutResult:
    """Post an event. This is the last offer, so a socket that does not take it is closed."""
    return fanout.post(ports.sockets, ports.connections, [recipient], event, now, close=lambda _: True)


def _must_hear(posted: fanout.FanoutResult) -> None:
    if posted.unclosed:
        raise Unavailable("a socket neither takes an entry nor closes", retry_after=1)
