"""A session with its store, driven step by step."""

import base64
import json
from typing import Any

from parley_client.protocol import effects, events, inputs
from parley_client.protocol.session import Session
from parley_client.protocol.store import MemoryStore
from parley_client.protocol.values import Outgoing, address

ME, YOU, THEM = "me", "you", "zoe"
TALK = "dm:me:you"
OTHER_TALK = "dm:me:zoe"


def entry(seq: int, sender: str = YOU, talk: str = TALK, message_id: str | None = None) -> dict[str, Any]:
    return {
        "conversation": talk,
        "seq": seq,
        "count": seq,
        "id": message_id or f"{sender}{seq}",
        "kind": "message",
        "sender": sender,
        "at": 1_000 + seq,
        "body": {"text": f"text {seq}"},
    }


def message(seq: int, sender: str = YOU, talk: str = TALK, message_id: str | None = None) -> dict[str, Any]:
    return {"type": "message", "entry": entry(seq, sender, talk, message_id)}


def jwt(**said):
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


class Driver:
    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore(ME)
        self.session = Session(ME, self.store.load())
        self.now = 0.0
        self.out = effects.Output()

    def step(self, given: inputs.Input, chance: float = 0.5) -> effects.Output:
        self.out = self.session.step(given, self.now, chance)
        self.store.apply(self.out.writes)
        return self.out

    def wait(self, seconds: float, chance: float = 0.5) -> list[dict[str, Any]]:
        """Let time pass, with a tick at every deadline. Returns what was transmitted meanwhile."""
        end = self.now + seconds
        frames: list[dict[str, Any]] = []
        while (due := self.session.deadline()) is not None and due <= end:
            self.now = max(due, self.now)
            self.step(inputs.Tick(), chance)
            frames += self.frames
        self.now = end
        return frames

    def wait_until_due(self, chance: float = 0.5) -> list[dict[str, Any]]:
        """Let time pass until the next deadline. Returns what was transmitted then."""
        due = self.session.deadline()
        assert due is not None
        self.now = due
        self.step(inputs.Tick(), chance)
        return self.frames

    @property
    def until_due(self) -> float:
        due = self.session.deadline()
        assert due is not None
        return due - self.now

    def is_in(self, state: events.State) -> bool:
        return self.session.state is state

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(e.text) for e in self.out.effects if isinstance(e, effects.SendFrame)]

    def told(self, kind: type) -> list[Any]:
        return [e for e in self.out.events if isinstance(e, kind)]

    def connect(self, expires: float | None = None) -> dict[str, Any]:
        """Connect, up to the first sync's command. Returns that command."""
        if self.session.state is events.State.STOPPED:
            self.step(inputs.Start())
        self.step(inputs.TokenFetched(self.session.attempt, "token", ME, expires))
        self.step(inputs.SocketOpened(self.session.attempt))
        return self.frames[0]

    def hear(self, frame: dict[str, Any], chance: float = 0.5) -> list[dict[str, Any]]:
        self.step(inputs.FrameReceived(self.session.attempt, json.dumps(frame)), chance)
        return self.frames

    def answer_sync(
        self, command: dict[str, Any], entries=(), ends=None, cursor=None, marks=(), begins=None, generation=None
    ) -> list[dict[str, Any]]:
        frame = {
            "type": "synced",
            "id": command["id"],
            "entries": list(entries),
            "marks": list(marks),
            "conversations": [
                {"conversation": c, "seq": seq, "count": seq, "unread": 0} for c, seq in (ends or {}).items()
            ],
            "more": cursor is not None,
            **({"begins": begins} if begins else {}),
        }
        given = {"cursor": cursor, "generation": generation}
        return self.hear(frame | {name: value for name, value in given.items() if value is not None})

    def live(self, held: int = 0, expires: float | None = None) -> "Driver":
        """Connect, and hold the first entries of one conversation."""
        self.answer_sync(self.connect(expires), [entry(n) for n in range(1, held + 1)], {TALK: held} if held else {})
        assert self.session.state is events.State.LIVE
        self.wait(0.3)
        for frame in self.frames:
            if frame["action"] == "mark":
                self.show_mark(frame)
        return self

    def show_mark(self, command: dict[str, Any]) -> None:
        """Hear of a mark as another device's would be heard of: by a receipt."""
        marks = {"delivered": command.get("delivered", command.get("read", 0)), "read": command.get("read", 0)}
        self.hear({"type": "receipt", "marks": {"conversation": command["conversation"], "user": ME, **marks}})

    def ack(self, command: dict[str, Any], seq: int, talk: str = TALK) -> list[dict[str, Any]]:
        place = {"conversation": talk, "seq": seq, "count": seq, "at": 1_000 + seq}
        return self.hear({"type": "ack", "id": command["id"], **place})

    def refuse(self, command: dict[str, Any], code: str, chance: float = 0.5, **more: Any) -> list[dict[str, Any]]:
        retryable = code in ("rate_limited", "unavailable", "token_expired")
        frame = {"type": "error", "id": command["id"], "code": code, "message": "no", "retryable": retryable}
        return self.hear(frame | more, chance)

    def say(self, message_id: str, where: str = YOU, text: str = "hi") -> list[dict[str, Any]]:
        conversation, to = address(ME, where)
        self.step(inputs.SendMessage(Outgoing(message_id, conversation, to, text)))
        return self.frames

    def cursor(self, talk: str = TALK) -> int:
        return self.session.cursor(talk)
