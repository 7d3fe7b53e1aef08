"""Commands that await their answer."""

from dataclasses import dataclass
from enum import Enum

from parley_client.protocol.constants import COMMAND_TIMEOUT


class Kind(Enum):
    """What kind of command it is."""

    SEND = "send"
    SYNC = "sync"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """A command awaiting its answer. ``about`` is the message, conversation or question that it concerns."""

    kind: Kind
    about: str
    at: float


class PendingCommands:
    """The commands of one socket, by id. Generated ids begin with ``_``, which a message id never does."""

    def __init__(self) -> None:
        self._commands: dict[str, PendingCommand] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._commands)

    def new_id(self) -> str:
        """An id for a command that only needs one to recognize its answer."""
        self._last += 1
        return f"_{self._last}"

    def add(self, command_id: str, kind: Kind, about: str, now: float) -> None:
        """Note that a command was sent."""
        self._commands[command_id] = PendingCommand(kind, about, now)

    def resolve(self, command_id: str | None) -> PendingCommand | None:
        """Remove and return the command that was answered; None if no command with that id is pending."""
        return self._commands.pop(command_id, None) if command_id is not None else None

    def overdue(self, now: float) -> list[PendingCommand]:
        """Remove and return the commands that have waited too long."""
        late = [i for i, c in self._commands.items() if c.at + COMMAND_TIMEOUT <= now]
        return [self._commands.pop(i) for i in late]

    def clear(self) -> list[PendingCommand]:
        """Remove and return all commands, because their socket is gone."""
        commands = list(self._commands.values())
        self._commands.clear()
        return commands

    def deadline(self) -> float | None:
        """When the first command will have waited too long."""
        return min((c.at + COMMAND_TIMEOUT for c in self._commands.values()), default=None)
