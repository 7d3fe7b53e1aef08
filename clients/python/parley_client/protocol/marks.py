"""Marks: every member's as the server knows them, and the user's own that it has not shown yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from parley_client.protocol import effects, events
from parley_client.protocol.constants import MARK_DELAY
from parley_client.protocol.values import Marks


@dataclass(slots=True)
class _Intent:
    delivered: int
    read: int
    due: float | None
    """When to send it; None if it has been sent, and nothing says that it was lost."""
    command: str = ""
    """The id of the last command that carried it; empty if there was none."""
    pages: int = 0
    """How many pages of syncs had been requested when it was sent."""
    failures: int = 0


class MarkTracker:
    """Gathers a conversation's marks for a moment and sends them in one ``mark``, which has no answer but an error.

    They are kept until the server shows them. Whatever says that they were lost before that makes them due again.
    """

    def __init__(self, user: str, marks: Iterable[Marks], intents: Mapping[str, tuple[int, int]]) -> None:
        self._user = user
        self._marks = {(m.conversation, m.user): m for m in marks}
        self._intents = {c: _Intent(delivered, read, due=0.0) for c, (delivered, read) in intents.items()}

    def want(self, conversation: str, now: float, out: effects.Output, *, delivered: int = 0, read: int = 0) -> None:
        """Move the user's marks this far, unless they are there already. Reading implies delivery."""
        delivered = max(delivered, read)
        known = self._known(conversation, self._user)
        intent = self._intents.get(conversation)
        if delivered <= max(known.delivered, intent.delivered if intent else 0) and (
            read <= max(known.read, intent.read if intent else 0)
        ):
            return
        if intent is None:
            intent = self._intents[conversation] = _Intent(0, 0, due=None)
        intent.delivered = max(intent.delivered, delivered)
        intent.read = max(intent.read, read)
        self._again(intent, now)
        out.writes.append(effects.PutIntent(conversation, intent.delivered, intent.read))

    def ready(self, now: float) -> list[tuple[str, int, int]]:
        """The marks to send now: conversation, delivered and read, where 0 means unchanged.

        They are all that the server has not shown yet, so that each ``mark`` makes up for those lost before it.
        """
        found = []
        for conversation, intent in self._intents.items():
            if intent.due is not None and intent.due <= now:
                known = self._known(conversation, self._user)
                read = intent.read if intent.read > known.read else 0
                delivered = intent.delivered if intent.delivered > max(known.delivered, read) else 0
                found.append((conversation, delivered, read))
        return found

    def sent(self, conversation: str, command: str, pages: int) -> None:
        """A ``mark`` was sent, when ``pages`` pages of syncs had been requested."""
        intent = self._intents[conversation]
        intent.due, intent.command, intent.pages = None, command, pages

    def offered(self, conversation: str, seq: int, now: float) -> None:
        """Another's entry has come again, as one does that no device seems to have confirmed."""
        intent = self._intents.get(conversation)
        if intent is not None and seq <= intent.delivered:
            self._again(intent, now)

    def learn(self, marks: Marks, out: effects.Output) -> None:
        """Take a member's marks from the server. Marks only grow; the user's own may settle an intent."""
        known = self._known(marks.conversation, marks.user)
        grown = replace(known, delivered=max(known.delivered, marks.delivered), read=max(known.read, marks.read))
        if grown != known:
            self._marks[marks.conversation, marks.user] = grown
            out.writes.append(effects.PutMarks(grown))
            out.events.append(events.Receipt(grown.conversation, grown.user, grown.delivered, grown.read))
        if marks.user == self._user:
            self._settle(grown, out)

    def shown(self, marks: Marks, page: int, now: float, out: effects.Output) -> None:
        """Take a member's marks from a sync's page, the ``page``-th that was requested. If it was requested after the
        user's own were sent, and shows less, these were lost.
        """
        self.learn(marks, out)
        intent = self._intents.get(marks.conversation)
        if marks.user == self._user and intent is not None and intent.pages < page:
            self._again(intent, now)

    def _settle(self, own: Marks, out: effects.Output) -> None:
        intent = self._intents.get(own.conversation)
        if intent is not None and intent.delivered <= own.delivered and intent.read <= own.read:
            self.give_up(own.conversation, out)

    @staticmethod
    def _again(intent: _Intent, now: float) -> None:
        if intent.due is None:
            intent.due = now + MARK_DELAY

    def refused(self, command: str | None) -> str | None:
        """The conversation whose last ``mark`` has this id; None if there is none."""
        return next((c for c, i in self._intents.items() if i.command == command), None)

    def failures(self, conversation: str) -> int:
        """How often this mark has been postponed."""
        return self._intents[conversation].failures

    def postpone(self, conversation: str, until: float) -> None:
        """A mark did not go through, and is sent again at ``until``."""
        intent = self._intents[conversation]
        intent.failures += 1
        intent.due = until

    def give_up(self, conversation: str, out: effects.Output) -> None:
        """Drop an intent, because it is settled or the server refuses it."""
        if self._intents.pop(conversation, None):
            out.writes.append(effects.PutIntent(conversation, 0, 0))

    def disconnected(self, now: float) -> None:
        """The socket is gone, perhaps with what was sent on it. The next one's first sync shows what was lost."""
        for intent in self._intents.values():
            if intent.due is None:
                intent.due = now

    def rewind(self, conversation: str, seq: int, out: effects.Output) -> None:
        """The conversation now ends at ``seq``. The same step's ``Rewind`` tells the store."""
        for key, marks in self._marks.items():
            if key[0] == conversation:
                self._marks[key] = replace(marks, delivered=min(marks.delivered, seq), read=min(marks.read, seq))
        if intent := self._intents.get(conversation):
            intent.delivered = min(intent.delivered, seq)
            intent.read = min(intent.read, seq)
            self._settle(self._known(conversation, self._user), out)

    def clear(self) -> None:
        """Forget everybody's marks, and the intents."""
        self._marks.clear()
        self._intents.clear()

    def deadline(self) -> float | None:
        """When the next mark is due."""
        return min((i.due for i in self._intents.values() if i.due is not None), default=None)

    def _known(self, conversation: str, user: str) -> Marks:
        return self._marks.get((conversation, user)) or Marks(conversation, user, 0, 0)
