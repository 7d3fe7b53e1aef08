"""A conversation in which something was written moves up in its members' inboxes."""

from collections.abc import Iterable

from parley.chat.model import Membership
from parley.chat.ports import Memberships

ACTIVITY_STEP_MS = 60 * 60 * 1000
"""How far a membership's ``last_activity`` may lag, in ms. A member costs at most one write per hour."""


def advance(memberships: Iterable[Membership], newest: int, stored: Memberships) -> None:
    """Move up the memberships that lag behind an entry written at ``newest`` (ms). A replay changes nothing."""
    for membership in memberships:
        if membership.last_activity <= newest - ACTIVITY_STEP_MS:
            stored.move_inbox_rank(membership, newest)
