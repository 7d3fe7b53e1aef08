"""What a conversation's values may look like, and how large they may be, whichever entrance they come by."""

from typing import Annotated

from msgspec import Meta

from parley.chat.conversations import CONVERSATION_PATTERN
from parley.core.ids import CLIENT_ID_PATTERN

TEXT_LIMIT = 8_000
"""Characters (code points) in a message's text."""
MEDIA_LIMIT = 10
"""Media in one message."""
PRESENCE_LIMIT = 100
"""Users in one presence question: what one DynamoDB batch get can answer."""
MAX_SEQ = 2**53 - 1
"""What every JSON reader keeps exact."""
ConversationId = Annotated[str, Meta(pattern=CONVERSATION_PATTERN, max_length=160)]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]
ClientId = Annotated[str, Meta(pattern=CLIENT_ID_PATTERN, description="1–64 of A–Z a–z 0–9 _ -")]

FRAME_LIMIT = 32 * 1024
"""Bytes of UTF-8 in a command; API Gateway's own limit for one WebSocket frame."""
