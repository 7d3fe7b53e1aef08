"""The badge: how many unread messages a user has in all conversations together."""

from collections.abc import Sequence

from parley.chat.model import Membership
from parley.chat.ports import Memberships, Snapshots

_INBOX_PAGE = 1_000
_HEADS_PAGE = 100


def badge(user: str, now: int, memberships: Memberships, snapshots: Snapshots) -> int:
    """How many unread messages the user has in all conversations together, but for those that are muted.

    Reads the user's whole inbox, and so is done only for a push. The stored heads are as fresh as this burst.
    """
    total, after, more = 0, "", True
    while more:
        rows, more = memberships.memberships(user, after, _INBOX_PAGE)
        if not rows:
            break
        after = rows[-1].conversation
        heard = [m for m in rows if m.muted <= now]
        pages = [heard[i : i + _HEADS_PAGE] for i in range(0, len(heard), _HEADS_PAGE)]
        total += sum(_unread(page, snapshots) for page in pages)
    return total


def _unread(page: Sequence[Membership], snapshots: Snapshots) -> int:
    found = snapshots.find(heads=[m.conversation for m in page], strong=True).heads
    return sum(found[m.conversation].unread(m) for m in page if m.conversation in found)
