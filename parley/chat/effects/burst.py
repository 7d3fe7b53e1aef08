"""A burst: entries of one conversation that came together, and what is known about its members."""

from collections.abc import Sequence

from msgspec import Struct

from parley.chat.conversations import members_of
from parley.chat.entries import Entry
from parley.chat.ports import Snapshot, Snapshots


class Burst(Struct, frozen=True):
    """One conversation's entries (ascending, at least one), and its members as a weak read found them."""

    entries: Sequence[Entry]
    members: tuple[str, ...]
    found: Snapshot

    @property
    def conversation(self) -> str:
        return self.entries[-1].conversation


def load(entries: Sequence[Entry], snapshots: Snapshots) -> Burst:
    """Look up the members, in one read."""
    conversation = entries[-1].conversation
    members = members_of(conversation)
    found = snapshots.find(recipients=members, memberships=[(m, conversation) for m in members])
    return Burst(entries, members, found)
