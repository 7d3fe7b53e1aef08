"""Commands that wait for their answer."""

from dataclasses import dataclass
from enum import Enum

from parley_client.numbers import COMMAND_TIMEOUT


class Kind(Enum):
    """What was asked."""

    SEND = "send"
    SYNC = "sync"
    MARK = "mark"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class Flight:
    """A command on the wire; ``about`` is the message, the conversation or the question it is about."""

    kind: Kind
    about: str
    at: float


class Flights:
    """The commands of one socket, by their ids. Own ids begin with ``_``, which a message's never does."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._flights)

    def new_id(self) -> str:
        """An id for a command that needs one only to know its answer by."""
        self._last += 1
        return f"_{self._last}"

    def launch(self, command_id: str, kind: Kind, about: str, now: float) -> None:
        """A command is sent."""
        self._flights[command_id] = Flight(kind, about, now)

    def land(self, command_id: str | None) -> Flight | None:
        """The command with that id is answered; None if none such is waiting."""
        return self._flights.pop(command_id, None) if command_id is not None else None

    def overdue(self, now: float) -> list[Flight]:
        """Take out those that have waited too long."""
        late = [i for i, f in self._flights.items() if f.at + COMMAND_TIMEOUT <= now]
        return [self._flights.pop(i) for i in late]

    def clear(self) -> list[Flight]:
        """Take out all: their socket is gone."""
        flights = list(self._flights.values())
        self._flights.clear()
        return flights

    def deadline(self) -> float | None:
        """When the first will have waited too long."""
        return min((f.at + COMMAND_TIMEOUT for f in self._flights.values()), default=None)
