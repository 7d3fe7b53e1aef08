"""Promises 4, 6 and 8, checked as things happen: who is told by the notifier, how often, and who may write."""

from collections.abc import Sequence
from typing import Any

from parley.chat.entries import Entry
from parley.chat.model import Membership
from parley.delivery.ports import Notification
from tests.simulation.clock import Clock
from tests.simulation.cloud.stale_reads import LAG, AgedDirectory, AgedLog
from tests.simulation.judges.ledger import Ledger, Pushed

_SHOWS = (b'{"type":"message"', b'{"type":"typing"')


def members_of(conversation: str) -> tuple[str, str]:
    """Return both users of a direct conversation."""
    _, one, other = conversation.split(":")
    return one, other


def unread(log: Sequence[Entry], user: str, read: int, seq: int) -> int:
    """Return how many of the first ``seq`` entries the user has not read, written, or answered."""
    own = max((e.seq for e in log[:seq] if e.sender == user), default=0)
    return max(seq - max(read, own), 0)


class Watcher:
    """Judges writes and pushes when they are made."""

    def __init__(self, ledger: Ledger, clock: Clock, directory: AgedDirectory, log: AgedLog) -> None:
        self._ledger, self._clock = ledger, clock
        self.directory, self.log = directory, log
        self._watches: dict[int, Watch] = {}
        self.gone_by_now: set[str] = set()
        """Endpoints that pushes have found to be gone, and that no app has registered since."""

    def stored(self, entry: Entry, invocation: Any) -> None:
        """Check that a blocked user writes nothing, except after a weak read, or a look just before the block."""
        one, other = members_of(entry.conversation)
        recipient = other if entry.sender == one else one
        blocked = self.directory.blocked_at.get((recipient, entry.sender))
        if blocked is not None and invocation.looked - LAG >= blocked:
            self._ledger.violate(
                f"{entry.sender} writes {entry.id} to {recipient}, who blocks them", entry.conversation
            )

    def posted(self, user: str, frame: bytes, invocation: Any) -> None:
        """Check that users are not shown entries or typing of those they block, except after a weak read of it."""
        if not self.directory.blocks or invocation.name != "message" or not frame.startswith(_SHOWS):
            return
        blocked = self.directory.blocked_at.get((user, invocation.about[0]))
        if blocked is not None and invocation.looked - LAG >= blocked:
            self._ledger.violate(f"{user} blocks {invocation.about[0]}, and is shown {frame.decode()}", user)

    def refused(self, invocation: Any) -> None:
        """Check that a user who is refused as blocked blocks somebody, or is blocked, or was until a moment ago."""
        user, lifted = invocation.about[0], self.directory.unblocked_at
        since = invocation.began - LAG
        if any(user in pair for pair in (*self.directory.blocks, *(p for p, at in lifted.items() if at >= since))):
            return
        self._ledger.violate(f"{user} is refused as blocked, and nobody has blocked them", user)

    def synced(self, user: str, page: Any, began: float) -> None:
        """Check that a page's summaries are true, for conversations in which nothing has moved since the request."""
        for summary in page.conversations:
            name = summary.conversation
            log, stored = self.log.entries[name], self.directory.summaries.get(name)
            moves: Any = (self.directory.members, (user, name)), (self.directory.summaries, name)
            if self.log.stored_at[name][-1] >= began or any(table.changed_since(key, began) for table, key in moves):
                continue
            truth = unread(log, user, self.directory.members[user, name].read, len(log))
            if stored and stored.seq == len(log) and (summary.seq, summary.unread) != (len(log), truth):
                self._ledger.violate(f"{user} syncs {summary}, and {truth} of {len(log)} are unread", user, name)

    def begins(self, watch: "Watch", invocation: Any) -> None:
        self._watches[invocation.number] = watch

    def pushed(self, endpoint: str, told: Notification, invocation: Any) -> None:
        """Check a push that is taken: not to the sender, not of what is confirmed, not twice, with the right badge."""
        user = endpoint.removeprefix("apns/").partition("-")[0]
        push = Pushed(self._clock.now, invocation, user, endpoint, told.conversation, told.seq, told.badge)
        violate, key = self._ledger.violate, (user, told.conversation)
        about = (user, told.conversation)
        entry = self.log.entries[told.conversation][told.seq - 1]
        watch = self._watches[invocation.number]
        if entry.sender == user:
            violate(f"{user} gets a push of their own {told.seq}", *about)
        elif told.seq <= invocation.confirmed.get(key, 0):
            violate(f"{user} gets a push of {told.seq}, which a device has confirmed", *about)
        elif told.seq <= watch.pushed.get(key, 0):
            violate(f"{user} gets a second push of {told.seq}", *about)
        elif any(p.endpoint == endpoint and p.conversation == told.conversation for p in watch.pushes):
            violate(f"{user} gets two pushes of one burst in {told.conversation}", *about)
        else:
            low, high = self._badges(user, told, watch)
            if not low <= told.badge <= high:
                violate(f"{user}'s badge is {told.badge}, and should be {low} to {high}", *about)
        watch.pushes.append(push)
        self._ledger.pushes.append(push)

    def gone(self, endpoint: str, invocation: Any) -> None:
        """Note that a push finds that an endpoint is gone."""
        self._watches[invocation.number].gone.add(endpoint)
        self.gone_by_now.add(endpoint)

    def _badges(self, user: str, told: Notification, watch: "Watch") -> tuple[int, int]:
        """Return the lowest and highest permitted badge, as marks and summaries have moved since the notifier began."""
        low = high = 0
        for (member, conversation), now in self.directory.members.items():
            if member != user:
                continue
            log = self.log.entries[conversation]
            first = watch.summaries.get(conversation, 0)
            if conversation == told.conversation:
                first = max(first, told.seq)
            summary = self.directory.summaries.get(conversation)
            last = max(summary.seq if summary else 0, first)
            before = watch.marks.get((member, conversation))
            reads = (before.read if before else 0, now.read)
            some = [unread(log, user, read, seq) for seq in range(first, last + 1) for read in reads]
            low, high = low + min(some), high + max(some)
        return low, high


class Watch:
    """One batch in the notifier's hands."""

    def __init__(self, watcher: Watcher, entries: Sequence[Entry]) -> None:
        self._watcher = watcher
        self._entries = entries
        self.pushes: list[Pushed] = []
        self.gone: set[str] = set()
        """Endpoints that it has found to be gone, and that may stay recorded until the next push."""
        directory = watcher.directory
        self.marks: dict[tuple[str, str], Membership] = dict(directory.members)
        """Marks when the batch was taken up, by user and conversation; so are ``summaries`` (seqs) and ``pushed``."""
        self.summaries = {c: h.seq for c, h in directory.summaries.items()}
        self.pushed = {key: m.pushed for key, m in directory.members.items()}
        self._endpoints = {u: {(d.id, d.endpoint) for d in r.devices} for u, r in directory.users.items()}

    def begins(self, invocation: Any) -> None:
        """Note the invocation that has the batch."""
        self._watcher.begins(self, invocation)

    def ended(self, done: Sequence[bool]) -> None:
        """Note that it is over. ``done`` are the entries that Lambda will not bring again."""
        directory, violate = self._watcher.directory, self._watcher._ledger.violate
        for entry, was_done in zip(self._entries, done, strict=True):
            if not was_done:
                continue
            [user] = [u for u in members_of(entry.conversation) if u != entry.sender]
            stored = directory.members[user, entry.conversation]
            if stored.delivered >= entry.seq:
                continue
            about = (user, entry.conversation)
            gone = self.gone | self._watcher.gone_by_now
            now = {(d.id, d.endpoint) for d in directory.users[user].devices if d.endpoint not in gone}
            kept = self._endpoints.get(user, set()) & now
            told = [
                p
                for p in self._watcher._ledger.pushes
                if p.user == user and p.conversation == entry.conversation and p.seq >= entry.seq
            ]
            if kept and not told:
                violate(f"the notifier is done with {entry.id}: {user} has not confirmed it, and got no push", *about)
            # Where the device that took the push is gone, there is nothing that a second one could repeat.
            elif told and kept and stored.pushed < entry.seq:
                violate(f"{user} has got a push of {entry.id}, and that is not remembered", *about)
