"""Parley with one promise broken, by a change to the real code while a block runs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

import msgspec
from greenlet import getcurrent
from parley_client.protocol.inbox import Inbox
from parley_client.protocol.marks import MarkTracker
from parley_client.protocol.outbox import Outbox
from parley_client.protocol.store import MemoryStore
from parley_client.protocol.values import SavedState

from parley.chat import conversations, receipts, send, sync, visibility
from parley.chat.effects import redelivery
from parley.chat.effects import settings as effects
from parley.chat.entries import Body, MessageEntry
from parley.chat.events import Message, Receipt
from parley.chat.memory import MemoryDirectory, MemoryLog
from parley.chat.model import ConversationSummary, Membership
from parley.core.writes import STORED, Occupied
from parley.delivery import connections, fanout
from parley.delivery.ports import Delivery
from realtime import message
from tests.simulation.clock import Fiber
from tests.simulation.stale import AgedDirectory

Mutation = Callable[[], AbstractContextManager[Any]]


def _replacing(where: Any, name: str, made: Callable[[Any], Any]) -> Mutation:
    """Replace ``where.name`` with what ``made`` makes of it."""
    return lambda: patch.object(where, name, made(getattr(where, name)))


def _ack_before_put(real: Any) -> Any:
    """The ack goes out with the seq that the entry would get."""

    def store(command: Any, session: Any, now: int, place: Any, window: Any, ports: Any, rules: Any) -> Any:
        try:
            return real(command, session, now, place, window, ports, rules)
        except send.Unavailable:
            entry = send.MessageEntry(
                conversation=place.id,
                seq=window.tail + 1,
                count=window.count + 1,
                id=command.id,
                sender=session.user,
                at=now,
                body=send.Body(text=command.text),
            )
            return entry, False, 0

    return store


def _mark_goes_back(_: Any) -> Any:
    return lambda stored, delivered, read, read_count: msgspec.structs.replace(
        stored, delivered=delivered or stored.delivered, read=read or stored.read, read_count=read_count
    )


def _without_more(real: Any) -> Any:
    return lambda *args: msgspec.structs.replace(real(*args), cursor="")


def _newest_is_the_cursor(real: Any) -> Any:
    def take(self: Inbox, entries: Any, page: int) -> Any:
        entries = list(entries)
        for entry in entries:
            if entry.seq > self.cursor(entry.conversation):
                self._cursors[entry.conversation] = entry.seq - 1
        return real(self, entries, page)

    return take


def _post_is_delivery(real: Any) -> Any:
    """Whoever was posted to counts as having been told."""

    def serve(task: Any, names: Any, now: int, ports: Any, rules: Any) -> Any:
        posted = fanout.FanoutResult()
        for entry in task.owed:
            event = Message(entry=entry)
            posted += fanout.post(ports.sockets, ports.connections, [task.recipient], event, now)
        return effects.DeliveryResult(posted=posted) if posted.done else real(task, names, now, ports, rules)

    return serve


def _only_to_the_other(real: Any) -> Any:
    def deliver(entry: Any, session: Any, now: int, found: Any, ports: Any) -> Any:
        mine = msgspec.structs.replace(
            found, recipients={u: r for u, r in found.recipients.items() if u != session.user}
        )
        return real(entry, session, now, mine, ports)

    return deliver


def _anybody_enters(_: Any) -> Any:
    def enter(session: Any, conversation: str) -> conversations.Conversation:
        one, other = conversation.split(":")[1:]
        return conversations.Conversation(
            conversation, "direct", session.user, (session.user, other if one == session.user else one)
        )

    return enter


def _unconditional_head(_: Any) -> Any:
    def advance(self: MemoryDirectory, head: ConversationSummary) -> bool:
        self.heads[head.conversation] = head
        return True

    return advance


def _weak_offer(real: Any) -> Any:
    """The reads that a decision depends on are weak, even after the wait."""

    def find(self: Any, *, strong: bool = False, **wanted: Any) -> Any:
        fiber = getcurrent()
        notifies = isinstance(fiber, Fiber) and fiber.invocation.name == "notifier"
        weak = notifies and "memberships" in wanted
        return real(self, strong=strong and not weak, **wanted)

    return find


def _weak_retry(real: Any) -> Any:
    """After a lost race, or a window with a hole, the second read is as weak as the first."""
    return lambda place, command, log, rules, *, strong: real(place, command, log, rules, strong=False)


def _count_of_two(real: Any) -> Any:
    def store(command: Any, session: Any, now: int, place: Any, window: Any, ports: Any, rules: Any) -> Any:
        if window.count and window.entries[-1].sender == session.user:
            window.count += 1
        return real(command, session, now, place, window, ports, rules)

    return store


def _does_not_wait(_: Any) -> Any:
    def ready(self: Outbox, now: float, syncs: int) -> Any:
        items = [i for queue in self._queues.values() for i in queue]
        return [i.message for i in items if not i.in_flight and i.after_sync <= syncs and i.not_before <= now]

    return ready


def _forgets_the_outbox(real: Any) -> Any:
    def load(self: MemoryStore) -> SavedState:
        self._held.outbox.clear()
        return real(self)

    return load


def _counts_own(_: Any) -> Any:
    return lambda self, membership: max(self.count - membership.read_count, 0)


def _lost_intents(real: Any) -> Any:
    """A mark that gets no answer is given up."""

    def disconnected(self: MarkTracker) -> None:
        real(self)
        self._intents.clear()

    return disconnected


def _overwrites(_: Any) -> Any:
    """The log's put has no condition."""

    def append(self: MemoryLog, entry: Any, members: Any) -> Any:
        log = self.entries.setdefault(entry.conversation, [])
        del log[entry.seq - 1 :]
        log.append(entry)
        for user in members:
            key = (user, entry.conversation)
            self._directory.members.setdefault(key, Membership(user=user, conversation=entry.conversation))
        return STORED

    return append


@contextmanager
def _no_ping() -> Iterator[None]:
    with patch("parley_client.protocol.connection.PING_AFTER", 1e9):
        yield


def _marks_without_read_count(real: Any) -> Any:
    return lambda stored, delivered, read, read_count: real(stored, delivered, read, 0)


def _silent_notifier(real: Any) -> Any:
    """The notifier pushes, and posts to nobody."""

    def serve(task: Any, names: Any, now: int, ports: Any, rules: Any) -> Any:
        nobody = msgspec.structs.replace(ports, sockets=_Nobody())
        return real(task, names, now, nobody, rules)

    return serve


class _Nobody:
    @staticmethod
    def post(connections: Any, event: Any) -> list[Delivery]:
        return [Delivery.DONE] * len(connections)


def _closing(when: Callable[[Any, Any], bool]) -> Any:
    """A send closes sockets that do not take its entry only if ``when`` accepts its sender and the socket's user."""

    def made(real: Any) -> Any:
        def post(sockets: Any, directory: Any, recipients: Any, event: Any, now: int, **how: Any) -> Any:
            fiber = getcurrent()
            if fiber.invocation.name == "message" and "close" in how:
                close, sender = how["close"], fiber.invocation.about[0]
                how["close"] = lambda recipient: when(sender, recipient.user) and close(recipient)
            return real(sockets, directory, recipients, event, now, **how)

        return post

    return made


def _notifier_never_closes(real: Any) -> Any:
    return lambda recipient, event, now, ports: fanout.post(ports.sockets, ports.connections, [recipient], event, now)


def _no_late_offer(_: Any) -> Any:
    return lambda self, entries, live, rules: []


def _closes_nothing(real: Any) -> Any:
    def connect(session: Any, now: int, directory: Any, sockets: Any) -> Any:
        return real(session, now, directory, _Unclosed())

    return connect


class _Unclosed:
    @staticmethod
    def close(connections: Any) -> list[Delivery]:
        return [Delivery.GONE] * len(connections)


def _forgets_what_is_open(real: Any) -> Any:
    """A connect also forgets the sockets that it could not close."""

    def connect(session: Any, now: int, directory: Any, sockets: Any) -> Any:
        class Ended:
            @staticmethod
            def close(connections: Any) -> list[Delivery]:
                sockets.close(connections)
                return [Delivery.GONE] * len(connections)

        return real(session, now, directory, Ended())

    return connect


def _gives_way_while_opening(real: Any) -> Any:
    def stale(recipient: Any, new: Any, now: int) -> Any:
        with patch.object(connections, "HANDSHAKE_MS", 0):
            return real(recipient, new, now)

    return stale


def _any_number(real: Any) -> Any:
    return lambda recipient, new, now: [
        c for c in real(recipient, new, now) if c.expires <= now or c.device == new.device
    ]


def _retry_is_not_delivered(real: Any) -> Any:
    def deliver(entry: Any, session: Any, now: int, found: Any, ports: Any) -> Any:
        return fanout.FanoutResult() if entry.at < now - 1_000 else real(entry, session, now, found, ports)

    return deliver


def _retry_reaches_blockers(real: Any) -> Any:
    def send_it(command: Any, session: Any, now: int, ports: Any, rules: Any) -> Any:
        sent = real(command, session, now, ports, rules)
        if sent.repeated:
            log = ports.log.newest(sent.entry.conversation, sent.entry.seq, 200, strong=True)
            found = ports.snapshots.find(recipients=sent.entry.conversation.split(":")[1:])
            send._deliver(log[0], session, now, found, ports)
        return sent

    return send_it


def _any_holder(real: Any) -> Any:
    """The entry that holds the slot is taken for the sender's own because of its id alone."""

    def store(command: Any, session: Any, now: int, place: Any, window: Any, ports: Any, rules: Any) -> Any:
        class Mistaken:
            newest = ports.log.newest

            @staticmethod
            def append(entry: Any, members: Any) -> Any:
                outcome = ports.log.append(entry, members)
                if isinstance(outcome, Occupied) and outcome.current.id == command.id:
                    return Occupied(msgspec.structs.replace(outcome.current, sender=session.user))
                return outcome

        return real(command, session, now, place, window, msgspec.structs.replace(ports, log=Mistaken()), rules)

    return store


def _only_others_hear(real: Any) -> Any:
    """Receipts go to the other member only."""

    def post(sockets: Any, directory: Any, recipients: Any, event: Any, now: int, **how: Any) -> Any:
        if isinstance(event, Receipt):
            mine = getcurrent().invocation.about[0]
            recipients = [r for r in recipients if r.user != mine]
        return real(sockets, directory, recipients, event, now, **how)

    return post


def _unread_forgotten(real: Any) -> Any:
    return lambda membership, head: msgspec.structs.replace(real(membership, head), unread=0)


def _types_to_nobody(real: Any) -> Any:
    return lambda command, session, now, ports: fanout.FanoutResult()


def _types_to_blockers(real: Any) -> Any:
    def type_it(command: Any, session: Any, now: int, ports: Any) -> Any:
        class Unblocked:
            @staticmethod
            def find(**wanted: Any) -> Any:
                return ports.snapshots.find(**{**wanted, "blocks": []})

        return real(command, session, now, msgspec.structs.replace(ports, snapshots=Unblocked()))

    return type_it


def _marks_anything(real: Any) -> Any:
    def entries(log: Any, conversation: str, read: int, delivered: int) -> Any:
        found = real(log, conversation, read, delivered)
        beyond = MessageEntry(conversation, delivered, delivered, "x", "x", 0, Body(text=""))
        return tuple(f or (beyond if seq else None) for f, seq in zip(found, (read, delivered), strict=True))

    return entries


@contextmanager
def _outlives_its_token() -> Iterator[None]:
    with patch("parley.delivery.connections.min", lambda lifetime, token: lifetime, create=True):
        yield


MUTATIONS: dict[str, Mutation] = {
    "1 durable: the ack does not wait for the put": _replacing(send, "_store", _ack_before_put),
    "1 durable: the put has no condition": _replacing(MemoryLog, "append", _overwrites),
    "2 order: the client does not wait for the ack": _replacing(Outbox, "ready", _does_not_wait),
    "2 order: the count is wrong": _replacing(send, "_store", _count_of_two),
    "3 once: a retry is not looked for": _replacing(send._Window, "find", lambda _: lambda *_: None),
    "3 once: a hole in a weak read is taken for the truth": _replacing(
        send._Window, "whole", lambda _: property(lambda self: True)
    ),
    "3 once: what must be read strongly is read weakly": _replacing(send, "_read", _weak_retry),
    "4 nothing lost: a post counts as delivery": _replacing(redelivery, "_serve", _post_is_delivery),
    "4 nothing lost: the outbox does not outlive a crash": _replacing(MemoryStore, "load", _forgets_the_outbox),
    "4 nothing lost: a dead socket is never noticed": _no_ping,
    "5 whole sync: a page is cut without saying so": _replacing(message, "sync", _without_more),
    "5 whole sync: the cursor is the newest live entry": _replacing(Inbox, "take", _newest_is_the_cursor),
    "6 one push: the pushed mark is not written": _replacing(MemoryDirectory, "move_pushed", lambda _: lambda *_: True),
    "6 one push: a confirmed entry is pushed": _replacing(AgedDirectory, "find", _weak_offer),
    "6 badge: own entries count as unread": _replacing(ConversationSummary, "unread", _counts_own),
    "7 devices agree: the sender's others are not told": _replacing(send, "_deliver", _only_to_the_other),
    "7 devices agree: the head goes back": _replacing(MemoryDirectory, "advance_summary", _unconditional_head),
    "7 devices agree: a mark goes back": _replacing(receipts, "_grown", _mark_goes_back),
    "7 devices agree: the read mark's count is forgotten": _replacing(receipts, "_grown", _marks_without_read_count),
    "7 devices agree: a mark without an answer is given up": _replacing(MarkTracker, "disconnected", _lost_intents),
    "8 members: a block is not looked at": _replacing(send, "Blocked", lambda _: lambda *_: None),
    "8 members: everybody is told who is online": _replacing(
        visibility, "sees", lambda _: lambda _, user, found: found.recipients.get(user)
    ),
    "8 members: anybody may enter": _replacing(conversations, "enter", _anybody_enters),
    "8 members: a socket counts as live beyond its token": _outlives_its_token,
    "4 nothing lost: the notifier does not wait": _replacing(effects.Rules, "grace_ms", lambda _: 0),
    "7 devices agree: receipts are for the others": _replacing(fanout, "post", _only_others_hear),
    "7 devices agree: a sync does not count": _replacing(sync, "_summary", _unread_forgotten),
    "7 devices agree: a mark may be beyond the end": _replacing(receipts, "_entries", _marks_anything),
    "live: nobody hears that one types": _replacing(message, "typing", _types_to_nobody),
}

DRILLED: dict[str, tuple[str, Mutation]] = {
    "3 once: too far behind is not noticed": (
        "far behind",
        _replacing(send._Window, "too_long", lambda _: property(lambda self: False)),
    ),
    "3 once: another's message with the same id is taken": ("twins", _replacing(send, "_store", _any_holder)),
    "4 nothing lost: the notifier posts nothing": ("lost", _replacing(redelivery, "_serve", _silent_notifier)),
    "4 nothing lost: a slow socket survives the notifier": (
        "slow",
        _replacing(redelivery, "_post", _notifier_never_closes),
    ),
    "4 nothing lost: a deaf socket is given up": (
        "jammed",
        _replacing(redelivery, "_must_hear", lambda _: lambda _: None),
    ),
    "7 devices agree: who has just connected is missed": (
        "missed",
        _replacing(redelivery._Task, "_late", _no_late_offer),
    ),
    "7 devices agree: what a weak read has missed is not looked for": (
        "missed",
        _replacing(
            redelivery._Task, "needed", lambda _: property(lambda self: bool(self.owed or self.late or self.unknown))
        ),
    ),
    "7 devices agree: a send closes no socket": ("slow", _replacing(fanout, "post", _closing(lambda *_: False))),
    "7 devices agree: a send closes only its sender's": (
        "slow",
        _replacing(fanout, "post", _closing(lambda sender, user: sender == user)),
    ),
    "7 devices agree: a send closes only its recipient's": (
        "slow",
        _replacing(fanout, "post", _closing(lambda sender, user: sender != user)),
    ),
    "7 devices agree: a connect closes nothing": ("silent", _replacing(connections, "connect", _closes_nothing)),
    "7 devices agree: a connect forgets what it cannot close": (
        "silent",
        _replacing(connections, "connect", _forgets_what_is_open),
    ),
    "7 devices agree: a socket gives way while it opens": (
        "crowded",
        _replacing(connections, "_stale", _gives_way_while_opening),
    ),
    "7 devices agree: a retry is not delivered": ("unposted", _replacing(send, "_deliver", _retry_is_not_delivered)),
    "7 devices agree: a repeated mark is silent": (
        "untold",
        _replacing(receipts, "_repeats", lambda _: lambda *_: False),
    ),
    "live: sockets that are gone are kept": ("departed", lambda: patch.object(fanout, "HANDSHAKE_MS", 10**12)),
    "live: any number of sockets": ("crowded", _replacing(connections, "_stale", _any_number)),
    "8 members: a token never ends": (
        "expired",
        _replacing(message, "_command", lambda real: lambda event, raw, session, now: real(event, raw, session, 0)),
    ),
    "8 members: who has blocked is typed to": ("blocked", _replacing(message, "typing", _types_to_blockers)),
    "8 members: who has blocked is shown a retry": ("blocked", _replacing(message, "send", _retry_reaches_blockers)),
}
"""Mutations that would be hidden by what heals everything in the end, each with the drill that detects it."""
