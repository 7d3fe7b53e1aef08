"""Records what sessions do while something drives them, as scenarios of the vectors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from parley_client.protocol import effects, inputs
from parley_client.protocol.session import Session
from parley_client.protocol.values import SavedState

from tests.vectors import codec

Scenario = dict[str, Any]


class Recorder:
    """The scenarios recorded so far. Each session that is made is one, since all that it starts from is known."""

    def __init__(self) -> None:
        self.scenarios: list[Scenario] = []
        self._name: str | None = None
        self._sessions: dict[int, tuple[Session, list[Any]]] = {}

    @contextmanager
    def recording(self, name: str) -> Iterator[None]:
        """Record every session made in the block, under this name."""
        self._name, self._sessions = name, {}
        init, step = Session.__init__, Session.step

        def recording_init(session: Session, user: str, held: SavedState) -> None:
            init(session, user, held)
            self._begin(session, user, held)

        def recording_step(session: Session, given: inputs.Input, now: float, chance: float) -> effects.Output:
            out = step(session, given, now, chance)
            self._sessions[id(session)][1].append(described(session, given, now, chance, out))
            return out

        with patch.object(Session, "__init__", recording_init), patch.object(Session, "step", recording_step):
            yield
        self.scenarios += [s for s in self._of_block if s["steps"]]

    def _begin(self, session: Session, user: str, held: SavedState) -> None:
        steps: list[Any] = []
        if not self._sessions:
            self._of_block: list[Scenario] = []
        count = len(self._of_block) + 1
        name = self._name if count == 1 else f"{self._name} ({count})"
        self._of_block.append({"name": name, "user": user, "held": codec.encode_held(held), "steps": steps})
        self._sessions[id(session)] = (session, steps)  # holding it keeps its id from being used again


def described(session: Session, given: inputs.Input, now: float, chance: float, out: effects.Output) -> dict[str, Any]:
    """A step: what went in, what came out, and where the session stands afterwards."""
    return {
        "now": now,
        "chance": chance,
        "input": codec.encode(given),
        **codec.encode_output(out),
        "state": session.state.value,
        "deadline": session.deadline(),
    }
