"""What breaks a promise where things are stored, read and counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import msgspec
from greenlet import getcurrent

from parley.chat import conversations
from parley.chat.entries import Body, MessageEntry
from parley.chat.memory import MemoryDirectory, MemoryLog
from parley.chat.model import BlockDigest, ConversationSummary, Membership
from parley.core.errors import BadRequest, RateLimited, Unavailable
from parley.core.writes import STORED, Occupied
from tests.simulation.clock import Fiber


def ack_before_put(real: Any) -> Any:
    """The ack goes out with the seq that the entry would get."""

    def store(command: Any, session: Any, now: int, place: Any, window: Any, ports: Any, rules: Any) -> Any:
        try:
            return real(command, session, now, place, window, ports, rules)
        except Unavailable:
            entry = MessageEntry(
                conversation=place.id,
                seq=window.tail + 1,
                count=window.count + 1,
                id=command.id,
                sender=session.user,
                at=now,
                body=Body(text=command.text),
            )
            return entry, False, 0

    return store


def mark_goes_back(_: Any) -> Any:
    return lambda stored, delivered, read, read_count: msgspec.structs.replace(
        stored, delivered=delivered or stored.delivered, read=read or stored.read, read_count=read_count
    )


def without_more(real: Any) -> Any:
    return lambda *args: msgspec.structs.replace(real(*args), cursor="")


def anybody_enters(_: Any) -> Any:
    def enter(session: Any, conversation: str) -> conversations.Conversation:
        one, other = conversation.split(":")[1:]
        return conversations.Conversation(
            conversation, "direct", session.user, (session.user, other if one == session.user else one)
        )

    return enter


def unconditional_summary(_: Any) -> Any:
    def advance(self: MemoryDirectory, summary: ConversationSummary) -> bool:
        self.summaries[summary.conversation] = summary
        return True

    return advance


def weak_offer(real: Any) -> Any:
    """The reads that a decision depends on are weak, even after the wait."""

    def find(self: Any, *, strong: bool = False, **wanted: Any) -> Any:
        fiber = getcurrent()
        notifies = isinstance(fiber, Fiber) and fiber.invocation.name == "notifier"
        weak = notifies and "memberships" in wanted
        return real(self, strong=strong and not weak, **wanted)

    return find


def weak_retry(real: Any) -> Any:
    """After a lost race, or if the client's ``after`` was not found, the second read is as weak as the first."""

    return lambda self, *asked: self.weakly(real(self, *asked))


def hole_is_truth(real: Any) -> Any:
    """Where the client's ``after`` was not found, the log is taken to end before it, at what was found, or to be empty.

    The refusal that ``after`` is ahead of the log is left out, because it would hide what comes of that.
    """

    def of(found: Any, after: int) -> Any:
        window = real(found, after)
        if not window.reaches:
            before = found.get(after - 1)
            window = type(window)([before] if before else [], 0)
        return window

    return of


def count_of_two(real: Any) -> Any:
    def store(command: Any, session: Any, now: int, place: Any, window: Any, ports: Any, rules: Any) -> Any:
        if window.count and window.entries[-1].sender == session.user:
            window.count += 1
        return real(command, session, now, place, window, ports, rules)

    return store


def counts_own(_: Any) -> Any:
    return lambda self, membership: max(self.count - membership.read_count, 0)


def overwrites(_: Any) -> Any:
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


def marks_without_read_count(real: Any) -> Any:
    return lambda stored, delivered, read, read_count: real(stored, delivered, read, 0)


def believes_every_time(_: Any) -> Any:
    def flood_control(entries: Any, sender: str, now: int, rules: Any) -> None:
        latest = entries[-rules.burst :]
        if len(latest) == rules.burst and all(e.sender == sender for e in latest):
            free_at = latest[0].at + rules.burst_ms
            if now < free_at:
                raise RateLimited("too many messages in a row", retry_after=(free_at - now) / 1000)

    return flood_control


def any_holder(real: Any) -> Any:
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


def unread_forgotten(real: Any) -> Any:
    return lambda membership, summary: msgspec.structs.replace(real(membership, summary), unread=0)


def marks_anything(real: Any) -> Any:
    def entries(log: Any, conversation: str, read: int, delivered: int, seen: Any) -> Any:
        found = real(log, conversation, read, delivered, seen)
        beyond = MessageEntry(conversation, delivered, delivered, "x", "x", 0, Body(text=""))
        return tuple(f or (beyond if seq else None) for f, seq in zip(found, (read, delivered), strict=True))

    return entries


@contextmanager
def outlives_its_token() -> Iterator[None]:
    with patch("parley.delivery.connections.min", lambda lifetime, token: lifetime, create=True):
        yield


def refuses_for_good(message: str, tail: int) -> BadRequest:
    """Refuse a message in place of the conflict that has its sender sync."""
    return BadRequest(message)


def uncounted_is_none(real: Any) -> Any:
    """A row without a digest says that its user blocks nobody."""

    def blocks(pair: Any, read: Any, rows: Any, there: Any) -> bool:
        return bool(real(pair, read, {u: digest or BlockDigest() for u, digest in rows.items()}, there))

    return blocks


def stays_on_the_row(real: Any) -> Any:
    def unblock(self: Any, user: str, other: str) -> None:
        self.count_blocks(user)
        digest = self.digests[user]
        real(self, user, other)
        self.digests[user] = digest

    return unblock
