"""How a direct conversation's id is built, and who is in it: it names both members, so membership costs no read."""

from parley.core.errors import BadRequest
from parley.core.ids import END, is_client_id

CONVERSATION_PATTERN = r"^(dm:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]{1,64}|g:[0-9A-HJKMNP-TV-Z]{26})" + END
"""``dm:<user>:<user>`` with the users sorted, or ``g:<ulid>`` (Crockford base 32)."""


def direct(one: str, other: str) -> str:
    """The id of the conversation between two users, the same whoever asks.

    Raises:
        BadRequest: a user would be talking to themselves.
    """
    if one == other:
        raise BadRequest("a conversation needs two different users")
    first, second = sorted((one, other))
    return f"dm:{first}:{second}"


def direct_members(conversation: str) -> tuple[str, str] | None:
    """Both users of a direct conversation, or None if the id is not a well-formed direct one."""
    parts = conversation.split(":")
    if len(parts) != 3 or parts[0] != "dm":
        return None
    _, first, second = parts
    if first >= second or not is_client_id(first) or not is_client_id(second):
        return None
    return first, second
