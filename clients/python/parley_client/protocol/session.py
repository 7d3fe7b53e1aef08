"""The client's protocol, whole and without I/O: inputs and the time in; writes, effects and events out.

A shell (``parley_client.live.client``, or a simulator) feeds it what happens and carries out what it returns. It knows
no clock, no randomness, no socket and no file: the same inputs at the same times give the same outputs.
"""

from collections.abc import Iterable

from parley_client.protocol import effects, events, inputs, wire
from parley_client.protocol.connection import Connection
from parley_client.protocol.constants import FRAME_LIMIT, GAP_GRACE, RESYNC_EVERY, pause
from parley_client.protocol.events import State
from parley_client.protocol.gaps import GapBuffer
from parley_client.protocol.marks import MarkTracker
from parley_client.protocol.outbox import Outbox
from parley_client.protocol.pending import Kind, PendingCommand, PendingCommands
from parley_client.protocol.sync import SyncTracker
from parley_client.protocol.typing import TypingIndicators
from parley_client.protocol.values import Entry, Outgoing, SavedState

_TOKEN_CODES = ("token_expired", "unauthorized")
_TRY_AGAIN = ("rate_limited", "unavailable")


class Session:
    """One user's session on one device, over any number of sockets.

    Times are seconds on one clock that never goes back, and that includes the time the device sleeps. ``chance`` is a
    random number in [0, 1), fresh for each step.
    """

    def __init__(self, user: str, held: SavedState) -> None:
        self.user = user
        self._connection = Connection(user)
        self._gaps = GapBuffer(held.cursors)
        self._outbox = Outbox(held.outbox)
        self._undelivered = {m.id: m for m in held.undelivered}
        """An earlier attempt to send one of these may still be under way, and may be stored after all."""
        self._marks = MarkTracker(user, held.marks, held.intents)
        self._generation = held.generation
        self._sync = SyncTracker()
        self._pending = PendingCommands()
        self._typing = TypingIndicators()
        self._socket: int | None = None
        """The attempt whose socket the pending commands were sent on."""

    @property
    def state(self) -> State:
        """Where the connection stands."""
        return self._connection.state

    @property
    def attempt(self) -> int:
        """The number of the current attempt to connect."""
        return self._connection.attempt

    @property
    def idle(self) -> bool:
        """Whether every message is acknowledged and no command awaits its answer."""
        return not self._outbox and not self._pending

    def cursor(self, conversation: str) -> int:
        """The seq up to which a conversation is held without a gap."""
        return self._gaps.cursor(conversation)

    def step(self, given: inputs.Input, now: float, chance: float) -> effects.Output:
        """Take one input. Its writes must be durable before its effects and events are carried out."""
        out = effects.Output()
        match given:
            case inputs.FrameReceived(attempt, text):
                if self._connection.up and attempt == self.attempt:
                    self._connection.heard(now)
                    self._frame(wire.parse(text), now, chance, out)
            case inputs.SendMessage() | inputs.MarkRead() | inputs.KeyPressed() | inputs.QueryPresence():
                self._user_input(given, now, out)
            case _:
                self._connection.take(given, now, chance, out)
        self._follow(now, out)
        self._tick(now, chance, out)
        self._follow(now, out)
        self._send_what_is_ready(now, out)
        return out

    def deadline(self) -> float | None:
        """When a ``Tick`` is due, unless something else happens first."""
        due = [self._connection.deadline(busy=self._busy), self._typing.deadline()]
        if self._connection.up:
            due += [self._pending.deadline(), self._sync.deadline()]
        if self.state is State.LIVE:
            due += [self._outbox.deadline(self._sync.completed), self._marks.deadline()]
        return min((d for d in due if d is not None), default=None)

    @property
    def _busy(self) -> bool:
        return bool(self._pending)

    # -- what the user does

    def _user_input(self, given: inputs.UserInput, now: float, out: effects.Output) -> None:
        match given:
            case inputs.SendMessage(message):
                self._send(message, out)
            case inputs.MarkRead(conversation, seq):
                cursor = self._gaps.cursor(conversation)
                self._marks.want(conversation, now, out, read=cursor if seq is None else min(seq, cursor))
            case inputs.KeyPressed(conversation):
                begun = self._gaps.cursor(conversation) > 0
                if begun and self.state is State.LIVE and self._typing.may_send(conversation, now):
                    self._connection.transmit(wire.typing(self._pending.new_id(), conversation), now, out)
            case inputs.QueryPresence(question, users):
                self._query_presence(question, users, now, out)

    def _send(self, message: Outgoing, out: effects.Output) -> None:
        if message.id in self._outbox:
            return
        self._outbox.add(message)
        self._undelivered.pop(message.id, None)
        out.writes.append(effects.AddOutgoing(message))
        out.events.append(events.Queued(message.id, message.conversation))
        # API Gateway closes the socket over a frame that is too large, and each reconnect would send it again.
        if len(wire.send(message, wire.MAX_SEQ).encode()) > FRAME_LIMIT:
            self._fail(message.id, "too_large", f"a frame is at most {FRAME_LIMIT} bytes", out)

    def _query_presence(self, question: str, users: tuple[str, ...], now: float, out: effects.Output) -> None:
        if self.state is not State.LIVE:
            out.events.append(events.PresenceResult(question, None))
            return
        command_id = self._pending.new_id()
        self._pending.add(command_id, Kind.PRESENCE, question, now)
        self._connection.transmit(wire.presence(command_id, users), now, out)

    # -- what the server says

    def _frame(self, frame: wire.Frame, now: float, chance: float, out: effects.Output) -> None:
        match frame:
            case wire.Ack():
                self._acknowledged(frame, now, out)
            case wire.Message(entry):
                if entry.sender != self.user and entry.seq <= self._gaps.cursor(entry.conversation):
                    self._marks.offered(entry.conversation, entry.seq, now)
                self._take([entry], now, out)
            case wire.ReceiptFrame(marks):
                self._marks.learn(marks, out)
                if max(marks.delivered, marks.read) > self._gaps.cursor(marks.conversation):
                    # Somebody has an entry that we do not have. It was sent to us too, and may have been lost.
                    self._sync.want(now + GAP_GRACE)
            case wire.TypingFrame(conversation, user):
                self._typing.heard(conversation, user, now, out)
            case wire.Synced():
                self._synced(frame, now, chance, out)
            case wire.PresenceFrame():
                if command := self._pending.resolve(frame.id):
                    out.events.append(events.PresenceResult(command.about, frame.users))
            case wire.Refusal():
                self._refused(frame, now, chance, out)
            case wire.UnknownFrame():
                pass

    def _acknowledged(self, ack: wire.Ack, now: float, out: effects.Output) -> None:
        self._pending.resolve(ack.id)
        message = self._outbox.settle(ack.id) or self._undelivered.pop(ack.id, None)
        if message is not None:
            self._sent(ack.id, ack.conversation, ack.seq, ack.at, out)
            entry = Entry(ack.conversation, ack.seq, ack.count, ack.id, "message", self.user, ack.at, message.body)
            self._take([entry], now, out)

    @staticmethod
    def _sent(message_id: str, conversation: str, seq: int, at: int, out: effects.Output) -> None:
        out.writes.append(effects.RemoveOutgoing(message_id))
        out.events.append(events.Sent(message_id, conversation, seq, at))

    def _take(self, entries: Iterable[Entry], now: float, out: effects.Output) -> None:
        for entry in entries:
            # It is stored, so the app need not wait for the ack. The outbox does: others may not know of it yet.
            if entry.sender == self.user and (
                self._outbox.stored(entry.id, entry.seq) or self._undelivered.pop(entry.id, None)
            ):
                self._sent(entry.id, entry.conversation, entry.seq, entry.at, out)
        dense = self._gaps.take(entries, self._sync.pages)
        if dense:
            out.writes.append(effects.PutEntries(tuple(dense)))
        for entry in dense:
            out.events.append(events.Received(entry))
            self._typing.stopped(entry.conversation, entry.sender, out)
        arrived = {e.conversation: e.seq for e in dense if e.sender != self.user}
        for conversation, seq in arrived.items():
            self._marks.want(conversation, now, out, delivered=seq)
        self._sync.watch(now, gap=self._gaps.gap)

    def _synced(self, frame: wire.Synced, now: float, chance: float, out: effects.Output) -> None:
        command = self._pending.resolve(frame.id)
        if command is None:
            return
        if frame.generation not in (None, self._generation) and self._restarted(frame.generation, now, chance, out):
            return
        ends = self._sync.ends(frame)
        rewound = {c: end for c, end in ends.items() if self._rewound(c, end)}
        for conversation, end in rewound.items():
            self._marks.rewind(conversation, end, out)
            self._outbox.rewind(conversation, end)
            out.writes.append(effects.Rewind(conversation, end))
            out.events.append(events.Rewound(conversation, end))
        for conversation, begin in frame.begins.items():
            if self._gaps.skip(conversation, begin - 1):
                self._skipped(conversation, begin - 1, out)
        self._take(frame.entries, now, out)
        for marks in frame.marks:
            self._marks.shown(marks, self._sync.pages, now, out)
        if rewound:  # entries that came while the cursor was too high were dropped as repetitions
            self._sync.want(now)
        if not self._sync.answered(frame):
            return
        self._connection.synced(now, out)
        self._sync.want(now + RESYNC_EVERY)
        if self._gaps.gap:
            self._sync.left_gap(now, chance)

    def _skipped(self, conversation: str, seq: int, out: effects.Output) -> None:
        """Entries up to ``seq`` are in the archive, and perhaps a message that we do not know to be stored."""
        out.writes.append(effects.Skip(conversation, seq))
        out.events.append(events.Skipped(conversation, seq))
        for message_id in self._outbox.doubtful(conversation):
            self._fail(message_id, "archived", "it may have been sent long ago: look into the history", out)

    def _restarted(self, generation: str, now: float, chance: float, out: effects.Output) -> bool:
        """Take on a new generation of the server. Returns whether anything is held of another one.

        Nobody can tell what of it the new tables hold under the same seqs, so it is fetched again: over another socket,
        because this one may still bring frames of functions that were at work on the old tables.
        """
        known = self._gaps.known()
        differs = self._generation != "" and (bool(known) or self._gaps.gap)
        self._generation = generation
        out.writes.append(effects.Restart(generation) if differs else effects.PutGeneration(generation))
        if differs:
            out.events += [events.Rewound(c, 0) for c in known if self._gaps.cursor(c)]
            self._gaps.clear()
            self._marks.clear()
            self._outbox.restart()
            self._connection.drop(now, chance, out, "the server was restored to an earlier time")
        return differs

    def _rewound(self, conversation: str, end: int) -> bool:
        named = self._sync.named(conversation)
        return self._gaps.ends(conversation, end, named, self._sync.pages)

    # -- what was refused, or never answered

    def _refused(self, refusal: wire.Refusal, now: float, chance: float, out: effects.Output) -> None:
        command = self._pending.resolve(refusal.id)
        again = refusal.retryable or refusal.code in _TRY_AGAIN
        if refusal.code in _TOKEN_CODES:
            self._connection.token_expired(refusal.reason, now, chance, out)
        elif conversation := self._marks.refused(refusal.id):
            if again:
                pausing = pause(refusal.retry_after, self._marks.failures(conversation), chance)
                self._marks.postpone(conversation, now + pausing)
            else:
                self._marks.give_up(conversation, out)
        elif command is not None:
            if again or command.kind is Kind.SYNC:
                self._postpone(command, refusal.retry_after, now, chance, out, from_start=not again)
            elif command.kind is Kind.PRESENCE:
                out.events.append(events.PresenceResult(command.about, None))
            elif refusal.code == "conflict":
                self._outbox.await_sync(command.about, self._sync.want(now))
            else:
                self._fail(command.about, refusal.code, refusal.reason, out)
                if refusal.code == "bad_request":  # our cursor may be beyond the end of a server that was restored
                    self._sync.want(now)

    def _fail(self, message_id: str, code: str, reason: str, out: effects.Output) -> None:
        message = self._outbox.settle(message_id)
        if message is not None:
            self._undelivered[message_id] = message
            out.writes.append(effects.FailOutgoing(message_id, code, reason))
            out.events.append(events.Failed(message_id, message.conversation, message.text, code, reason))

    def _postpone(
        self,
        command: PendingCommand,
        after: float | None,
        now: float,
        chance: float,
        out: effects.Output,
        *,
        from_start: bool,
    ) -> None:
        match command.kind:
            case Kind.SEND if command.about in self._outbox:
                self._outbox.postpone(command.about, now + pause(after, self._outbox.failures(command.about), chance))
            case Kind.SYNC:
                until = now + pause(after, self._sync.failures, chance)
                self._sync.postpone(until, from_start=from_start)
            case Kind.PRESENCE:
                out.events.append(events.PresenceResult(command.about, None))

    def _tick(self, now: float, chance: float, out: effects.Output) -> None:
        self._typing.tick(now, out)
        for command in self._pending.overdue(now):
            # If the socket has brought anything else in the meantime, it is alive and only this answer was lost.
            alive = self._connection.heard_since(command.at)
            self._postpone(command, None, now, chance, out, from_start=False)
            if not alive:
                self._connection.drop(now, chance, out)
        self._connection.tick(now, chance, out, busy=self._busy)

    def _follow(self, now: float, out: effects.Output) -> None:
        """Notice that the socket was replaced or lost: an answer comes only through the socket of its command."""
        socket = self.attempt if self._connection.up else None
        if socket == self._socket:
            return
        self._socket = socket
        for command in self._pending.clear():
            if command.kind is Kind.PRESENCE:
                out.events.append(events.PresenceResult(command.about, None))
        self._outbox.disconnected()
        self._marks.disconnected(now)
        self._sync.restart(now)

    # -- what goes out

    def _send_what_is_ready(self, now: float, out: effects.Output) -> None:
        if self._connection.up and self._sync.ready(now):
            known = self._gaps.known()
            cursors = {c: self._gaps.cursor(c) for c in known}
            named, cursor = self._sync.next_page(known, cursors)
            command_id = self._pending.new_id()
            self._pending.add(command_id, Kind.SYNC, "", now)
            self._connection.transmit(wire.sync(command_id, named, cursor), now, out)
        if self.state is not State.LIVE:
            return
        for message in self._outbox.ready(now, self._sync.completed):
            self._outbox.launch(message.id)
            self._pending.add(message.id, Kind.SEND, message.id, now)
            after = self._outbox.after(message.id, self._gaps.cursor(message.conversation))
            self._connection.transmit(wire.send(message, after), now, out)
        for conversation, delivered, read in self._marks.ready(now):
            command_id = self._pending.new_id()
            self._marks.sent(conversation, command_id, self._sync.pages)
            self._connection.transmit(wire.mark(command_id, conversation, delivered, read), now, out)
