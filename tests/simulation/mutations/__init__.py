"""Parley with one promise broken, by a change to the real code while a block runs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from parley_client.protocol.gaps import GapBuffer
from parley_client.protocol.marks import MarkTracker
from parley_client.protocol.outbox import Outbox
from parley_client.protocol.session import Session as ClientSession
from parley_client.protocol.store import MemoryStore

from parley.archive import archiving
from parley.chat import conversations, memory, receipts, send, sync
from parley.chat.effects import dispatch, redelivery
from parley.chat.effects import settings as effects
from parley.chat.memory import MemoryDirectory, MemoryLog
from parley.chat.model import BlockDigest, ConversationSummary
from parley.chat.people import blocking, visibility
from parley.delivery import connections, fanout
from parley.delivery.memory import MemoryConnections
from realtime import message
from tests.simulation.cloud.stale_reads import AgedDirectory, AgedLog
from tests.simulation.mutations import archive, client, delivery, storage

Mutation = Callable[[], AbstractContextManager[Any]]


def _replacing(where: Any, name: str, made: Callable[[Any], Any]) -> Mutation:
    """Replace ``where.name`` with what ``made`` makes of it."""
    return lambda: patch.object(where, name, made(getattr(where, name)))


MUTATIONS: dict[str, Mutation] = {
    "1 durable: the ack does not wait for the put": _replacing(send, "_store", storage.ack_before_put),
    "1 durable: the put has no condition": _replacing(MemoryLog, "append", storage.overwrites),
    "2 order: the client does not wait for the ack": _replacing(Outbox, "ready", client.does_not_wait),
    "2 order: the count is wrong": _replacing(send, "_store", storage.count_of_two),
    "3 once: a retry is not looked for": _replacing(send._Window, "find", lambda _: lambda *_: None),
    "3 once: a hole in a weak read is taken for the truth": _replacing(send._Window, "of", storage.hole_is_truth),
    "3 once: what must be read strongly is read weakly": _replacing(AgedLog, "newest", storage.weak_retry),
    "4 nothing lost: a post counts as delivery": _replacing(redelivery, "_serve", delivery.post_is_delivery),
    "4 nothing lost: the outbox does not outlive a crash": _replacing(MemoryStore, "load", client.forgets_the_outbox),
    "4 nothing lost: a dead socket is never noticed": client.no_ping,
    "5 whole sync: a page is cut without saying so": _replacing(message, "sync", storage.without_more),
    "5 whole sync: the cursor is the newest live entry": _replacing(GapBuffer, "take", client.newest_is_the_cursor),
    "6 one push: the pushed mark is not written": _replacing(MemoryDirectory, "move_pushed", lambda _: lambda *_: True),
    "6 one push: a confirmed entry is pushed": _replacing(AgedDirectory, "find", storage.weak_offer),
    "6 badge: own entries count as unread": _replacing(ConversationSummary, "unread", storage.counts_own),
    "7 devices agree: the sender's others are not told": _replacing(send, "_deliver", delivery.only_to_the_other),
    "7 devices agree: the head goes back": _replacing(
        MemoryDirectory, "advance_summary", storage.unconditional_summary
    ),
    "7 devices agree: a mark goes back": _replacing(receipts, "_grown", storage.mark_goes_back),
    "7 devices agree: the read mark's count is forgotten": _replacing(
        receipts, "_grown", storage.marks_without_read_count
    ),
    "7 devices agree: a mark is given up with its socket": _replacing(MarkTracker, "disconnected", client.lost_intents),
    "7 devices agree: a mark that was sent is taken for stored": _replacing(MarkTracker, "sent", client.sent_is_stored),
    "8 members: a block is not looked at": _replacing(blocking, "refusal", lambda _: lambda *_: None),
    "8 members: a block beyond the few on the row is not looked up": _replacing(
        BlockDigest, "says", lambda _: lambda self, other: other in self.few
    ),
    "8 members: a row of an earlier version is taken for one without blocks": _replacing(
        memory, "blocks_by_rows", storage.uncounted_is_none
    ),
    "8 members: an unblocked user stays on the row": _replacing(MemoryDirectory, "unblock", storage.stays_on_the_row),
    "8 members: everybody is told who is online": _replacing(
        visibility, "sees", lambda _: lambda _, user, found: found.recipients.get(user)
    ),
    "8 members: anybody may enter": _replacing(conversations, "enter", storage.anybody_enters),
    "8 members: a socket counts as live beyond its token": storage.outlives_its_token,
    "4 nothing lost: the notifier does not wait": _replacing(effects.Rules, "grace_ms", lambda _: 0),
    "7 devices agree: receipts are for the others": _replacing(fanout, "post", delivery.only_others_hear),
    "7 devices agree: a sync does not count": _replacing(sync, "_summary", storage.unread_forgotten),
    "7 devices agree: a mark may be beyond the end": _replacing(receipts, "_entries", storage.marks_anything),
    "live: nobody hears that one types": _replacing(message, "typing", delivery.types_to_nobody),
}


DRILLED: dict[str, tuple[str, Mutation]] = {
    "3 once: too far behind is not noticed": (
        "far behind",
        _replacing(send._Window, "too_long", lambda _: property(lambda self: False)),
    ),
    "3 once: another's message with the same id is taken": ("twins", _replacing(send, "_store", storage.any_holder)),
    "4 nothing lost: the notifier posts nothing": ("lost", _replacing(redelivery, "_serve", delivery.silent_notifier)),
    "4 nothing lost: an entry ahead of the clock is waited for": (
        "ahead",
        _replacing(dispatch, "go_on", delivery.waits_again),
    ),
    "live: a clock that is ahead binds those after it": ("ahead", _replacing(send, "_time", lambda _: max)),
    "live: a clock that is ahead holds up an unhurried sender": (
        "ahead",
        _replacing(send, "_flood_control", storage.believes_every_time),
    ),
    "4 nothing lost: a slow socket survives the notifier": (
        "slow",
        _replacing(redelivery, "_post", delivery.notifier_never_closes),
    ),
    "4 nothing lost: a deaf socket is given up": (
        "jammed",
        _replacing(redelivery, "_must_hear", lambda _: lambda _: None),
    ),
    "7 devices agree: who has just connected is missed": (
        "missed",
        _replacing(redelivery._Task, "_late", delivery.no_late_offer),
    ),
    "7 devices agree: what a weak read has missed is not looked for": (
        "missed",
        _replacing(
            redelivery._Task, "needed", lambda _: property(lambda self: bool(self.owed or self.late or self.unknown))
        ),
    ),
    "7 devices agree: a send closes no socket": (
        "slow",
        _replacing(fanout, "post", delivery.closing(lambda *_: False)),
    ),
    "7 devices agree: a send closes only its sender's": (
        "slow",
        _replacing(fanout, "post", delivery.closing(lambda sender, user: sender == user)),
    ),
    "7 devices agree: a send closes only its recipient's": (
        "slow",
        _replacing(fanout, "post", delivery.closing(lambda sender, user: sender != user)),
    ),
    "7 devices agree: a connect closes nothing": (
        "silent",
        _replacing(connections, "connect", delivery.closes_nothing),
    ),
    "7 devices agree: a connect forgets what it cannot close": (
        "silent",
        _replacing(connections, "connect", delivery.forgets_what_is_open),
    ),
    "7 devices agree: a socket gives way while it opens": (
        "crowded",
        _replacing(connections, "is_young", lambda _: lambda *_: False),
    ),
    "7 devices agree: a retry is not delivered": (
        "unposted",
        _replacing(send, "_deliver", delivery.retry_is_not_delivered),
    ),
    "7 devices agree: an own entry is taken for its ack": (
        "overtaken",
        _replacing(Outbox, "stored", client.takes_an_entry_for_its_ack),
    ),
    "7 devices agree: a lost mark is never repeated": (
        "unread",
        _replacing(MarkTracker, "shown", client.pages_show_nothing),
    ),
    "7 devices agree: what is offered again is not confirmed again": (
        "unconfirmed",
        _replacing(MarkTracker, "offered", lambda _: lambda *_: None),
    ),
    "1 durable: entries leave before the archive has them": (
        "archived",
        _replacing(archiving, "_store", archive.leaves_before_it_is_noted),
    ),
    "2 order: the newest entry leaves the log": (
        "archived",
        _replacing(archiving, "_leaving", archive.leaves_to_the_last),
    ),
    "4 nothing lost: what nobody has confirmed leaves the log": (
        "archived",
        _replacing(archiving, "_is_done_with", lambda _: lambda *_: True),
    ),
    "7 devices agree: a run of the archiver that died is not completed": (
        "archived",
        _replacing(archiving, "_parts", archive.is_not_completed),
    ),
    "5 whole sync: a sync does not say what is archived": (
        "archived",
        _replacing(sync, "_after", archive.says_nothing_of_the_archive),
    ),
    "5 whole sync: a device waits for what is archived": (
        "archived",
        _replacing(GapBuffer, "skip", lambda _: lambda *_: False),
    ),
    "live: sockets that are gone are kept": ("departed", lambda: patch.object(fanout, "HANDSHAKE_MS", 10**12)),
    "live: a socket that is opening is forgotten, and opens": (
        "twice",
        _replacing(connections, "is_young", lambda _: lambda *_: False),
    ),
    "live: nobody closes what could not be closed": (
        "twice",
        _replacing(MemoryConnections, "mark_closing", lambda _: lambda *_: None),
    ),
    "recovery: a client does not notice that the server was restored": (
        "restored",
        _replacing(ClientSession, "_restarted", client.overlooks_the_generation),
    ),
    "recovery: what is ahead of a restored log is refused for good": (
        "restored",
        lambda: patch.object(send, "Conflict", storage.refuses_for_good),
    ),
    "4 nothing lost: one device confirms in the name of a deaf one": (
        "jammed",
        _replacing(MemoryConnections, "mark_closing", lambda _: lambda *_: None),
    ),
    "live: any number of sockets": ("crowded", _replacing(connections, "_stale", delivery.any_number)),
    "8 members: a token never ends": (
        "expired",
        _replacing(message, "_command", lambda real: lambda event, raw, session, now: real(event, raw, session, 0)),
    ),
    "8 members: who has blocked is typed to": ("blocked", _replacing(message, "typing", delivery.types_to_blockers)),
    "8 members: who has blocked is shown a retry": (
        "blocked",
        _replacing(message, "send", delivery.retry_reaches_blockers),
    ),
}
"""Mutations that would be hidden by what heals everything in the end, each with the drill that detects it."""
