"""Sync: requesting everything after the cursors page by page, one sync and one page at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from parley_client.protocol.constants import GAP_GRACE, SYNC_BYTES, SYNC_NAMES, backoff
from parley_client.protocol.wire import Synced


@dataclass(slots=True)
class _Page:
    """What the next page, or the one in flight, continues from."""

    cursor: str | None = None
    done: str = ""
    """The last conversation that the pages so far have completed."""
    named: Mapping[str, int] = field(default_factory=dict)
    in_flight: bool = False
    not_before: float = 0.0
    failures: int = 0


class SyncTracker:
    """Which sync is under way, which is due, and how many have been completed."""

    def __init__(self) -> None:
        self.completed = 0
        self.pages = 0
        """The number of pages requested in all."""
        self._page: _Page | None = None
        self._due: float | None = None
        self._gap_due: float | None = None
        self._fruitless = 0

    @property
    def running(self) -> bool:
        """Whether a sync has begun and not ended."""
        return self._page is not None

    def want(self, at: float) -> int:
        """Request a sync that begins no later than ``at``. Returns its number, as ``completed`` will count it.

        A sync that is already under way does not count, because it may have read too early.
        """
        self._due = at if self._due is None else min(self._due, at)
        return self.completed + (2 if self.running else 1)

    def watch(self, now: float, *, gap: bool) -> None:
        """Note whether an entry is missing. It may be on its way, so a sync waits a moment for it."""
        if not gap:
            self._gap_due = None
            self._fruitless = 0
        elif self._gap_due is None and not self.running:
            self._gap_due = now + GAP_GRACE

    def left_gap(self, now: float, chance: float) -> None:
        """A whole sync has not brought what is missing, so ask again, less and less often."""
        self._fruitless += 1
        self._gap_due = now + GAP_GRACE + backoff(self._fruitless, chance)

    def restart(self, now: float) -> None:
        """There is a new socket, so the page in flight will not be answered."""
        self._page = None
        self._due = now
        self._gap_due = None

    def ready(self, now: float) -> bool:
        """Whether a page should be requested now."""
        if self._page is not None:
            return not self._page.in_flight and self._page.not_before <= now
        begin = self._begin
        return begin is not None and begin <= now

    @property
    def _begin(self) -> float | None:
        return min((d for d in (self._due, self._gap_due) if d is not None), default=None)

    def next_page(self, known: Iterable[str], cursors: Mapping[str, int]) -> tuple[Mapping[str, int], str | None]:
        """The cursors to name, and the server's own cursor, for the page that is requested now.

        Pages come in order of conversation ids, so only conversations after the last complete one can be in this page.
        A page covers 40 conversations, far fewer than are named, so none of them is sent from its start by mistake.
        """
        if self._page is None:
            self._page = _Page()
            self._due = self._gap_due = None
        page = self._page
        page.named = _fitting((c for c in known if c > page.done), cursors)
        page.in_flight = True
        self.pages += 1
        return page.named, page.cursor

    def named(self, conversation: str) -> int | None:
        """The cursor that the page in flight named for a conversation."""
        return self._page.named.get(conversation) if self._page else None

    def ends(self, frame: Synced) -> dict[str, int]:
        """Where each conversation that the page completes ends.

        A direct conversation that was named, lies within the page, and is not in it, does not exist there any more.
        """
        page = self._page or _Page()
        last = max([page.done, *frame.ends])
        direct = (c for c in page.named if c.startswith("dm:"))  # a group may be absent because the user has left it
        passed = (c for c in direct if not frame.more or c <= last)
        return {**dict.fromkeys(passed, 0), **frame.ends}

    def answered(self, frame: Synced) -> bool:
        """Take a page. Returns whether it was the sync's last.

        If the server's cursor does not move, the page counts as the last too, since we would otherwise ask for ever.
        """
        page = self._page
        if page is None:
            return False
        if frame.more and frame.cursor != page.cursor:
            self._page = _Page(cursor=frame.cursor, done=max([page.done, *frame.ends]))
            return False
        self._page = None
        self.completed += 1
        return True

    @property
    def failures(self) -> int:
        """How often the current page has been postponed."""
        return self._page.failures if self._page else 0

    def postpone(self, until: float, *, from_start: bool = False) -> None:
        """The page did not go through: at ``until``, request it or the first page again."""
        if self._page is not None:
            failures = self._page.failures + 1
            if from_start:
                self._page = _Page()
            self._page.in_flight = False
            self._page.failures = failures
            self._page.not_before = until

    def deadline(self) -> float | None:
        """When to request the next page; None if that depends on an answer."""
        if self._page is not None:
            return None if self._page.in_flight else self._page.not_before
        return self._begin


def _fitting(known: Iterable[str], cursors: Mapping[str, int]) -> dict[str, int]:
    named: dict[str, int] = {}
    room = SYNC_BYTES
    for conversation in known:
        room -= len(conversation) + len(str(cursors[conversation])) + 4  # two quotes, colon, comma
        if room < 0 or len(named) == SYNC_NAMES:
            break
        named[conversation] = cursors[conversation]
    return named
