"""What a conversation's values may look like, and how large they may be, whichever entrance they come through."""

from typing import Annotated

from msgspec import Meta

from parley.chat.conversations import CONVERSATION_PATTERN
from parley.core.ids import CLIENT_ID_PATTERN

TEXT_LIMIT = 8_000
"""The most characters (code points) in a message's text."""
MEDIA_LIMIT = 10
"""The most media in one message."""
PRESENCE_LIMIT = 40
"""The most users in one presence command. Each costs a read unit in most cases."""
MAX_SEQ = 2**53 - 1
"""The largest integer that every JSON parser keeps exact."""
ConversationId = Annotated[str, Meta(pattern=CONVERSATION_PATTERN, max_length=160)]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
ClientId = Annotated[str, Meta(pattern=CLIENT_ID_PATTERN, description="1–64 of A–Z a–z 0–9 _ -")]

FRAME_LIMIT = 32 * 1024
"""The most bytes of UTF-8 in a command; this is API Gateway's own limit for one WebSocket frame."""
