"""Random walks: a session among frames that a server might send, and some that it would not, in every order.

They look for what nobody has thought of, so they have no names to read; what they do is fixed by their seeds.
"""

import json
import random
from typing import Any

from parley_client.protocol import effects, inputs
from parley_client.protocol.events import State
from parley_client.protocol.session import Session
from parley_client.protocol.store import MemoryStore
from parley_client.protocol.values import Outgoing, address, direct

from tests.vectors.record import Recorder

_WALKS = 16
_STEPS = 55
_ME = "me"
_OTHERS = ("ana", "you", "zoe")
_CODES = (
    "rate_limited", "unavailable", "token_expired", "unauthorized", "conflict", "blocked", "forbidden", "not_found",
    "bad_request", "too_large", "not_ready", "of_the_future",
)  # fmt: skip


def scenarios() -> list[dict[str, Any]]:
    """The walks, recorded."""
    recorder = Recorder()
    for seed in range(_WALKS):
        with recorder.recording(f"walk {seed + 1}"):
            _Walk(seed).run()
    return recorder.scenarios


class _Walk:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._store = MemoryStore(_ME)
        self._session = Session(_ME, self._store.load())
        self._now = float(self._random.randrange(1_000))
        self._tails = dict.fromkeys((direct(_ME, other) for other in _OTHERS), 0)
        self._asked: list[dict[str, Any]] = []
        self._told = 0
        self._ids: list[str] = []

    def run(self) -> None:
        """Take the steps; some of them in a new session on what the store holds, as after a crash."""
        self._step(inputs.Start())
        for _ in range(_STEPS):
            if self._random.random() < 0.01:
                self._session = Session(_ME, self._store.load())
                self._step(inputs.Start())
            self._step(self._next())

    def _step(self, given: inputs.Input) -> None:
        out = self._session.step(given, self._now, self._random.choice((0.0, 0.25, 0.5, self._random.random())))
        self._store.apply(out.writes)
        for effect in out.effects:
            match effect:
                case effects.SendFrame(_, text):
                    self._asked.append(json.loads(text))
                case effects.CloseSocket():
                    self._asked.clear()

    def _next(self) -> inputs.Input:
        state, attempt, dice = self._session.state, self._session.attempt, self._random.random()
        if dice < 0.15:
            return self._user()
        if dice < 0.3:
            return self._wait()
        self._now += self._random.choice((0.0, 0.01, 0.2, 1.0))
        if dice < 0.33:
            return self._random.choice((inputs.Nudge(), inputs.Start(), inputs.SocketClosed(attempt, 1001)))
        if dice < 0.34:
            return inputs.Stop()
        match state:
            case State.STOPPED:
                return inputs.Start()
            case State.WAITING:
                return self._wait()
            case State.CONNECTING:
                return self._open(attempt)
        stale = self._random.random() < 0.03
        return inputs.FrameReceived(attempt - stale, json.dumps(self._frame()))

    def _wait(self) -> inputs.Input:
        due = self._session.deadline()
        if due is not None:
            self._now = max(self._now, due + self._random.choice((0.0, 0.0, 0.0, -0.1, 5.0)))
        return inputs.Tick()

    def _open(self, attempt: int) -> inputs.Input:
        choice = self._random.random
        if choice() < 0.4:
            expires = self._random.choice((None, self._now + 90, self._now + 3_600))
            return inputs.TokenFetched(attempt, "token", "ana" if choice() < 0.05 else _ME, expires)
        if choice() < 0.8:
            return inputs.SocketOpened(attempt)
        return self._random.choice(
            (
                inputs.TokenFailed(attempt, refused=choice() < 0.5, reason="none"),
                inputs.SocketFailed(attempt, self._random.choice((401, 403, 429, 500, None)), "reset"),
                inputs.SocketClosed(attempt, self._random.choice((None, 1006, 1008))),
            )
        )

    def _user(self) -> inputs.Input:
        other = self._random.choice(_OTHERS)
        conversation, to = address(_ME, other)
        match self._random.randrange(6):
            case 0 | 1 | 2:
                self._ids.append(f"m{len(self._ids)}")
                again = self._random.choice(self._ids)
                name = again if self._random.random() < 0.1 else self._ids[-1]
                return inputs.SendMessage(Outgoing(name, conversation, to, f"text of {name}"))
            case 3:
                return inputs.MarkRead(conversation, self._random.choice((None, 1, self._tails[conversation] + 1)))
            case 4:
                return inputs.KeyPressed(conversation)
            case _:
                self._told += 1
                return inputs.QueryPresence(f"q{self._told}", _OTHERS[:2])

    def _frame(self) -> dict[str, Any]:
        if self._asked and self._random.random() < 0.65:
            command = self._asked.pop(self._random.randrange(len(self._asked)))
            if self._random.random() < 0.2:
                return self._refusal(command)
            answer = self._answer(command)
            if answer is not None:
                return answer
        conversation = self._random.choice(sorted(self._tails))
        other = next(o for o in _OTHERS if o in conversation.split(":"))
        match self._random.randrange(6):
            case 0 | 1 | 2:
                seq = max(1, self._tails[conversation] + self._random.choice((1, 1, 1, 2, 3, 0, -1)))
                return {"type": "message", "entry": self._entry(conversation, seq, other)}
            case 3:
                user = self._random.choice((_ME, other))
                seq = max(0, self._tails[conversation] + self._random.choice((0, 0, -1, 1)))
                return {"type": "receipt", "marks": self._marks(conversation, user, seq)}
            case 4:
                return {"type": "typing", "conversation": conversation, "user": other}
            case _:
                return {"type": "pong"}

    def _answer(self, command: dict[str, Any]) -> dict[str, Any] | None:
        match command["action"]:
            case "send":
                conversation = command.get("conversation") or direct(_ME, command["to"])
                seq = self._tails[conversation] + self._random.choice((1, 1, 1, 1, 2))
                entry = self._entry(conversation, seq, _ME, command["id"])
                if self._random.random() < 0.2:
                    return {"type": "message", "entry": entry}
                place = {k: entry[k] for k in ("conversation", "seq", "count", "at")}
                return {"type": "ack", "id": command["id"], **place}
            case "sync":
                return self._page(command)
            case "presence":
                return {"type": "presence", "id": command["id"], "users": {"ana": {"online": True, "seen": None}}}
        return None

    def _page(self, command: dict[str, Any]) -> dict[str, Any]:
        entries, marks, ends, begins = [], [], [], {}
        more = self._random.random() < 0.15
        for conversation in sorted(self._tails):
            if self._random.random() < 0.04:  # the server is restored to an earlier time
                self._tails[conversation] = max(0, self._tails[conversation] - self._random.randrange(4))
            tail = self._tails[conversation]
            if tail == 0:
                continue
            other = next(o for o in _OTHERS if o in conversation.split(":"))
            first = command["since"].get(conversation, 0) + 1
            if first < tail and self._random.random() < 0.2:  # the rest is in the archive
                first = begins[conversation] = self._random.randrange(first + 1, tail + 1)
            entries += [self._entry(conversation, seq, other) for seq in range(first, tail + 1)]
            marks += [self._marks(conversation, u, self._random.randrange(tail + 1)) for u in (_ME, other)]
            ends.append({"conversation": conversation, "seq": tail, "count": tail, "unread": 0})
            if more and self._random.random() < 0.5:
                break
        page = {"type": "synced", "id": command["id"], "entries": entries, "marks": marks, "conversations": ends}
        page |= {"begins": begins} if begins else {}
        return {**page, "more": more, **({"cursor": self._random.choice("abc")} if more else {})}

    def _refusal(self, command: dict[str, Any]) -> dict[str, Any]:
        code = self._random.choice(_CODES)
        frame = {"type": "error", "code": code, "message": "no", "retryable": code in _CODES[:3] or code == "not_ready"}
        if self._random.random() < 0.5:
            frame["retry_after"] = self._random.choice((0.5, 1.5, 90.5))
        return frame | ({"id": command["id"]} if "id" in command else {})

    def _entry(self, conversation: str, seq: int, sender: str, name: str = "") -> dict[str, Any]:
        self._tails[conversation] = max(self._tails[conversation], seq)
        own = self._random.random() < 0.15 and self._ids
        return {
            "conversation": conversation, "seq": seq, "count": seq,
            "id": name or (self._random.choice(self._ids) if own else f"{sender}-{seq}"),
            "kind": "message", "sender": _ME if own else sender, "at": 1_000 + seq, "body": {"text": f"text {seq}"},
        }  # fmt: skip

    def _marks(self, conversation: str, user: str, delivered: int) -> dict[str, Any]:
        read = self._random.randrange(delivered + 1)
        return {"conversation": conversation, "user": user, "delivered": delivered, "read": read, "read_count": read}
