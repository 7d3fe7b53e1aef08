"""A stranger with a token of their own, who asks with raw frames for what is not theirs."""

import json
from typing import TYPE_CHECKING, Any

from tests.simulation.cloud.gateway import Socket
from tests.simulation.cloud.tokens import Tokens

if TYPE_CHECKING:
    from tests.simulation.world import World


class Rogue:
    """Has conversations with nobody. If it is shown any of one, that is a violation, which the ledger detects."""

    def __init__(self, world: "World", user: str) -> None:
        self._world, self.user, self.name = world, user, f"{user}-raw"
        self._tokens = Tokens(user, world.roles[user], world.random)
        self._socket: Socket | None = None
        self._number = 0

    def act(self) -> None:
        """Connect, and try everything."""
        self._number += 1
        token, _ = self._tokens.fetch(self._world.clock.now, refused=True)
        self._socket = self._world.gateway.open(self, self._number, token)

    def opened(self, number: int) -> None:
        if self._socket is not None and number == self._number:
            for frame in self._frames():
                self._world.gateway.send(self._socket, frame if isinstance(frame, str) else json.dumps(frame))

    def not_opened(self, number: int, status: int | None) -> None: ...

    def closed(self, number: int, code: int | None) -> None: ...

    def heard(self, number: int, text: str) -> None:
        answer = json.loads(text)
        if answer.get("type") == "ack":
            self._world.ledger.violate(f"a stranger is obeyed: {text}", self.user)
        for user, told in answer.get("users", {}).items():
            if self._world.roles[user] == "consumer" and (told["online"] or told["seen"]):
                self._world.ledger.violate(f"a stranger learns where {user} is: {text}", self.user)

    def _frames(self) -> list[Any]:
        world = self._world
        users = sorted({d.user for d in world.devices})
        one, other = sorted(world.random.sample(users, 2))
        theirs = f"dm:{one}:{other}"
        body = {"text": "let me in"}
        frames: list[Any] = [
            {"action": "send", "id": "r1", "conversation": theirs, "after": 0, "body": body},
            {"action": "send", "id": "r2", "to": one, "after": 0, "body": body, "sender": other},
            {"action": "sync", "id": "r3", "since": {theirs: 0}},
            {"action": "mark", "id": "r4", "conversation": theirs, "read": 1},
            {"action": "typing", "id": "r5", "conversation": theirs},
            {"action": "presence", "id": "r6", "users": users},
            "{",
        ]
        return world.random.sample(frames, 4)
