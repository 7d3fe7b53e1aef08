"""What a block means for a conversation: neither of the two reaches the other in it, whichever of them has blocked."""

from collections.abc import Collection
from contextlib import suppress

from parley.chat.conversations import Conversation
from parley.chat.ports import BlockCounts, Snapshot
from parley.core.errors import Blocked, Unavailable

DEPLOYED_MS = 3_600_000
"""How long a row must have been written by this version before it is counted: longer than a deployment takes, in which
functions of an earlier version, which does not count, may still block somebody."""


def either_way(conversation: Conversation) -> list[tuple[str, str]]:
    """The blocks to look up: whether the other member blocks the asker, and whether the asker blocks them."""
    return [(conversation.other, conversation.me), (conversation.me, conversation.other)]


def refusal(conversation: Conversation, blocks: Collection[tuple[str, str]]) -> Blocked | None:
    """Why the asker may not reach the other member, given the blocks that were found; None if they may."""
    theirs, own = either_way(conversation)
    if theirs in blocks:
        return Blocked("this user does not take messages from you")
    if own in blocks:  # what they wrote could not be answered, and would tell the other that they are there
        return Blocked("you block this user: unblock them first")
    return None


def count_old_rows(found: Snapshot, now: int, counts: BlockCounts) -> None:
    """Have rows of an earlier version say whom their users block, so that nobody has to look up each block any more.

    If that fails, the next message tries again.
    """
    for user, since in found.uncounted.items():
        if since and now - since >= DEPLOYED_MS:
            with suppress(Unavailable):
                counts.count_blocks(user)
