"""What a block means for a conversation: neither of the two reaches the other in it, whichever of them has blocked."""

from collections.abc import Collection

from parley.chat.conversations import Conversation
from parley.core.errors import Blocked


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
