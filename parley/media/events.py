"""Events of media."""

from typing import Annotated

from msgspec import Meta

from parley.chat.model import MediaState
from parley.delivery.events import Event


class Media(Event, frozen=True, tag="media"):
    """An upload of this user has been verified or refused, or media that they asked for are back from the archive."""

    media: str
    state: MediaState
    reason: Annotated[str, Meta(description="why it was refused, for the app's developer; else empty")] = ""
