"""Who is typing, and how often the user's own typing is announced."""

from parley_client.protocol import effects, events
from parley_client.protocol.constants import TYPING_EVERY, TYPING_SHOWN


class TypingIndicators:
    """Shows others as typing for a few seconds after each frame, and limits how often the user's own is sent."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        self._sent_at: dict[str, float] = {}

    def may_send(self, conversation: str, now: float) -> bool:
        """Whether a key press should be sent as a frame. If so, it counts as sent."""
        said = self._sent_at.get(conversation)
        if said is not None and now < said + TYPING_EVERY:
            return False
        self._sent_at[conversation] = now
        return True

    def heard(self, conversation: str, user: str, now: float, out: effects.Output) -> None:
        """A member is typing."""
        if (conversation, user) not in self._until:
            out.events.append(events.TypingChanged(conversation, user, typing=True))
        self._until[conversation, user] = now + TYPING_SHOWN

    def stopped(self, conversation: str, user: str, out: effects.Output) -> None:
        """A member's message has arrived, so they have stopped typing."""
        if self._until.pop((conversation, user), None) is not None:
            out.events.append(events.TypingChanged(conversation, user, typing=False))

    def tick(self, now: float, out: effects.Output) -> None:
        """Stop showing those whose last frame is too old."""
        for conversation, user in [key for key, until in self._until.items() if until <= now]:
            self.stopped(conversation, user, out)

    def deadline(self) -> float | None:
        """When the next member stops being shown."""
        return min(self._until.values(), default=None)
