"""Entries as they arrive, in any order and any number of times, made dense: each entry once, in order.

A conversation's cursor is the highest seq up to which nothing is missing. It is never merely the newest one seen.
"""

from collections.abc import Iterable, Mapping

from parley_client.protocol.constants import HELD_LIMIT
from parley_client.protocol.values import Entry


class GapBuffer:
    """The cursors, and the entries held behind gaps."""

    def __init__(self, cursors: Mapping[str, int]) -> None:
        self._cursors = dict(cursors)
        self._held: dict[str, dict[int, tuple[Entry, int]]] = {}

    def cursor(self, conversation: str) -> int:
        """The seq up to which a conversation is held; 0 for an unknown one."""
        return self._cursors.get(conversation, 0)

    def known(self) -> list[str]:
        """The conversations of which anything is held, in order of their ids."""
        return sorted(self._cursors)

    @property
    def gap(self) -> bool:
        """Whether an entry is missing before one that has arrived."""
        return bool(self._held)

    def take(self, entries: Iterable[Entry], page: int) -> list[Entry]:
        """The new entries, and those held behind gaps, that now follow the cursors. ``page`` counts sync pages."""
        dense: list[Entry] = []
        for entry in entries:
            cursor = self.cursor(entry.conversation)
            if entry.seq == cursor + 1:
                self._advance(entry, dense)
            elif entry.seq > cursor:
                self._hold(entry, page)
        return dense

    def _advance(self, entry: Entry, dense: list[Entry]) -> None:
        held = self._held.get(entry.conversation, {})
        following: Entry | None = entry
        while following is not None:
            dense.append(following)
            seq = following.seq
            held.pop(seq, None)
            following = held[seq + 1][0] if seq + 1 in held else None
        self._cursors[entry.conversation] = seq
        self._let_go(entry.conversation)

    def _hold(self, entry: Entry, page: int) -> None:
        held = self._held.setdefault(entry.conversation, {})
        held.setdefault(entry.seq, (entry, page))
        if len(held) > HELD_LIMIT:
            del held[max(held)]

    def ends(self, conversation: str, end: int, named: int | None, page: int) -> bool:
        """Take where the log ends, according to sync page ``page``, whose command named ``named`` as the cursor.

        Entries beyond the end that arrived before the page was requested were lost when the server was restored to an
        earlier time, so they are dropped. Returns whether the cursor was beyond the end too, and is now set to it.
        """
        held = self._held.get(conversation, {})
        for seq in [s for s, (_, arrived) in held.items() if s > end and arrived < page]:
            del held[seq]
        rewound = named is not None and end < named
        if rewound:
            self._cursors[conversation] = end
            held.clear()
        self._let_go(conversation)
        return rewound

    def skip(self, conversation: str, seq: int) -> bool:
        """Go on behind ``seq``, since what is missing up to there has been archived. False if nothing is missing."""
        if seq <= self.cursor(conversation):
            return False
        self._cursors[conversation] = seq
        held = self._held.get(conversation, {})
        for lower in [s for s in held if s <= seq]:
            del held[lower]
        self._let_go(conversation)
        return True

    def clear(self) -> None:
        """Forget everything, as if nothing had ever arrived."""
        self._cursors.clear()
        self._held.clear()

    def _let_go(self, conversation: str) -> None:
        if not self._held.get(conversation, True):
            del self._held[conversation]
