"""Parley with one promise broken, by a change to the real code while a block runs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

import msgspec
from greenlet import getcurrent
from msgspec import UNSET
from parley_client.inbox import Inbox
from parley_client.marking import Marking
from parley_client.outbox import Outbox
from parley_client.store import MemoryStore
from parley_client.values import Held

from chat import access, fanout, frames, mark, notify, send, visibility
from chat.memory import MemoryDirectory, MemoryLog
from chat.model import Head, Membership
from realtime import message
from tests.simulation.clock import Fiber
from tests.simulation.stale import AgedDirectory

Mutation = Callable[[], AbstractContextManager[Any]]


def _replacing(where: Any, name: str, made: Callable[[Any], Any]) -> Mutation:
    """``where.name`` becomes what ``made`` makes of it."""
    return lambda: patch.object(where, name, made(getattr(where, name)))


def _ack_before_put(real: Any) -> Any:
    """The ack goes out with the seq that the entry would get."""

    def store(command: Any, session: Any, now: int, place: Any, window: Any, ports: Any, rules: Any) -> Any:
        try:
            return real(command, session, now, place, window, ports, rules)
        except send.Unavailable:
            entry = send.Entry(
                conversation=place.id,
                seq=window.tail + 1,
                count=window.count + 1,
                id=command.id,
                kind="message",
                sender=session.user,
                at=now,
                body=send.Body(text=command.body.text),
            )
            return entry, False, 0

    return store


def _mark_goes_back(_: Any) -> Any:
    return lambda stored, delivered, read, read_count: msgspec.structs.replace(
        stored, delivered=delivered or stored.delivered, read=read or stored.read, read_count=read_count
    )


def _without_more(real: Any) -> Any:
    return lambda *args: msgspec.structs.replace(real(*args), more=False, cursor=UNSET)


def _newest_is_the_cursor(real: Any) -> Any:
    def take(self: Inbox, entries: Any, page: int) -> Any:
        entries = list(entries)
        for entry in entries:
            if entry.seq > self.cursor(entry.conversation):
                self._cursors[entry.conversation] = entry.seq - 1
        return real(self, entries, page)

    return take


def _post_is_delivery(real: Any) -> Any:
    """Whoever was posted to counts as told."""

    def serve(task: Any, names: Any, now: int, ports: Any, rules: Any) -> Any:
        posted = fanout.Posted()
        for entry in task.owed:
            frame = frames.encode(frames.Message(entry=entry))
            posted += fanout.post(ports.sockets, ports.directory, [task.reach], frame, now)
        return notify.Offered(posted=posted) if posted.done else real(task, names, now, ports, rules)

    return serve


def _only_to_the_other(real: Any) -> Any:
    def deliver(entry: Any, session: Any, now: int, found: Any, ports: Any) -> Any:
        mine = msgspec.structs.replace(found, reach={u: r for u, r in found.reach.items() if u != session.user})
        return real(entry, session, now, mine, ports)

    return deliver


def _anybody_enters(_: Any) -> Any:
    def enter(session: Any, conversation: str) -> access.Direct:
        one, other = conversation.split(":")[1:]
        return access.Direct(id=conversation, user=session.user, other=other if one == session.user else one)

    return enter


def _unconditional_head(_: Any) -> Any:
    def advance(self: MemoryDirectory, head: Head) -> bool:
        self.heads[head.conversation] = head
        return True

    return advance


def _weak_offer(real: Any) -> Any:
    """What is decided on is read weakly, also after the wait."""

    def find(self: Any, *, strong: bool = False, **wanted: Any) -> Any:
        fiber = getcurrent()
        notifies = isinstance(fiber, Fiber) and fiber.invocation.name == "notifier"
        weak = notifies and "memberships" in wanted
        return real(self, strong=strong and not weak, **wanted)

    return find


def _weak_retry(real: Any) -> Any:
    """A lost race, or a window with a hole, is read again as weakly as before."""
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
        return [i.message for i in items if not i.flying and i.after_sync <= syncs and i.not_before <= now]

    return ready


def _forgets_the_outbox(real: Any) -> Any:
    def load(self: MemoryStore) -> Held:
        self._held.outbox.clear()
        return real(self)

    return load


def _counts_own(_: Any) -> Any:
    return lambda self, membership: max(self.count - membership.read_count, 0)


def _lost_intents(real: Any) -> Any:
    """A mark that gets no answer is given up."""

    def ground(self: Marking) -> None:
        real(self)
        self._intents.clear()

    return ground


def _overwrites(_: Any) -> Any:
    """The log's put has no condition."""

    def append(self: MemoryLog, entry: Any, members: Any) -> None:
        log = self.entries.setdefault(entry.conversation, [])
        del log[entry.seq - 1 :]
        log.append(entry)
        for user in members:
            key = (user, entry.conversation)
            self._directory.members.setdefault(key, Membership(user=user, conversation=entry.conversation))

    return append


@contextmanager
def _no_ping() -> Iterator[None]:
    with patch("parley_client.connection.PING_AFTER", 1e9):
        yield


def _marks_without_read_count(real: Any) -> Any:
    return lambda stored, delivered, read, read_count: real(stored, delivered, read, 0)


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
    "4 nothing lost: a post counts as delivery": _replacing(notify, "_serve", _post_is_delivery),
    "4 nothing lost: the outbox does not outlive a crash": _replacing(MemoryStore, "load", _forgets_the_outbox),
    "4 nothing lost: a dead socket is never noticed": _no_ping,
    "5 whole sync: a page is cut without saying so": _replacing(message, "sync", _without_more),
    "5 whole sync: the cursor is the newest live entry": _replacing(Inbox, "take", _newest_is_the_cursor),
    "6 one push: the pushed mark is not written": _replacing(MemoryDirectory, "move_pushed", lambda _: lambda *_: True),
    "6 one push: a confirmed entry is pushed": _replacing(AgedDirectory, "find", _weak_offer),
    "6 badge: own entries count as unread": _replacing(Head, "unread", _counts_own),
    "7 devices agree: the sender's others are not told": _replacing(send, "_deliver", _only_to_the_other),
    "7 devices agree: the head goes back": _replacing(MemoryDirectory, "advance_head", _unconditional_head),
    "7 devices agree: a mark goes back": _replacing(mark, "_grown", _mark_goes_back),
    "7 devices agree: the read mark's count is forgotten": _replacing(mark, "_grown", _marks_without_read_count),
    "7 devices agree: a mark without an answer is given up": _replacing(Marking, "ground", _lost_intents),
    "8 members: a block is not looked at": _replacing(send, "Blocked", lambda _: lambda *_: None),
    "8 members: everybody is told who is online": _replacing(
        visibility, "sees", lambda _: lambda _, user, found: found.reach.get(user)
    ),
    "8 members: anybody may enter": _replacing(access, "enter", _anybody_enters),
}
