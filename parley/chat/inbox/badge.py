"""The badge: how many unread messages a user has across all conversations."""

from collections.abc import Sequence

from parley.chat.model import Membership
from parley.chat.ports import Memberships, Snapshots
from parley.core import pages

_INBOX_PAGE = 1_000
_SUMMARIES_PAGE = 100


def badge(user: str, now: int, memberships: Memberships, snapshots: Snapshots) -> int:
    """How many unread messages the user has across all conversations, except those that are muted.

    This reads the user's whole inbox, so it is done only for a push. The stored summaries are as recent as the
    burst that is being pushed.
    """
    total = 0
    inbox = pages.walk(
        lambda after: memberships.memberships(user, after, _INBOX_PAGE), "", lambda row: row.conversation
    )
    for rows in inbox:
        heard = [m for m in rows if m.muted <= now]
        parts = [heard[i : i + _SUMMARIES_PAGE] for i in range(0, len(heard), _SUMMARIES_PAGE)]
        total += sum(_unread(part, snapshots) for part in parts)
    return total


def _unread(page: Sequence[Membership], snapshots: Snapshots) -> int:
    found = snapshots.find(summaries=[m.conversation for m in page], strong=True).summaries
    return sum(found[m.conversation].unread(m) for m in page if m.conversation in found)
