"""Inputs, writes, effects and events as the vectors' JSON, and back. clients/vectors/README.md describes the format."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from parley_client.protocol import effects, inputs
from parley_client.protocol.values import Entry, Marks, Online, Outgoing, SavedState

EVENTS = {"StateChanged": "state", "TypingChanged": "typing", "PresenceResult": "presence"}
"""The names of events that are not those of their classes."""
_INPUTS = {
    kind.__name__[0].lower() + kind.__name__[1:]: kind
    for kind in (
        inputs.Start, inputs.Stop, inputs.Nudge, inputs.Tick, inputs.TokenFetched, inputs.TokenFailed,
        inputs.SocketOpened, inputs.SocketFailed, inputs.SocketClosed, inputs.FrameReceived,
        inputs.SendMessage, inputs.MarkRead, inputs.KeyPressed, inputs.QueryPresence,
    )
}  # fmt: skip


def encode(value: Any) -> dict[str, Any]:
    """An input, write, effect or event."""
    name = type(value).__name__
    told = {"type": EVENTS.get(name, name[0].lower() + name[1:]), **{_camel(k): _plain(v) for k, v in _items(value)}}
    if "text" in told and name in ("FrameReceived", "SendFrame"):
        frame = _frame(told["text"])
        if frame is not None:
            del told["text"]
            told["frame"] = frame
    return told


def decode_input(told: Mapping[str, Any]) -> inputs.Input:
    """An input, from its JSON."""
    rest = {_snake(k): v for k, v in told.items() if k != "type"}
    if "frame" in rest:
        rest["text"] = json.dumps(rest.pop("frame"))
    if "message" in rest:
        rest["message"] = _outgoing(rest["message"])
    if "users" in rest:
        rest["users"] = tuple(rest["users"])
    kind: Any = _INPUTS[told["type"]]
    return kind(**rest)


def encode_held(held: SavedState) -> dict[str, Any]:
    """What the session starts from, without what is empty."""
    told = {
        "cursors": dict(held.cursors),
        "outbox": [_plain(m) for m in held.outbox],
        "marks": [_plain(m) for m in held.marks],
        "undelivered": [_plain(m) for m in held.undelivered],
        "intents": {c: {"delivered": d, "read": r} for c, (d, r) in held.intents.items()},
        "generation": held.generation,
    }
    return {name: value for name, value in told.items() if value}


def decode_held(told: Mapping[str, Any]) -> SavedState:
    """What the session starts from, from its JSON."""
    return SavedState(
        cursors=dict(told.get("cursors", {})),
        outbox=[_outgoing(m) for m in told.get("outbox", ())],
        marks=[Marks(**m) for m in told.get("marks", ())],
        undelivered=[_outgoing(m) for m in told.get("undelivered", ())],
        intents={c: (i["delivered"], i["read"]) for c, i in told.get("intents", {}).items()},
        generation=told.get("generation", ""),
    )


def encode_output(out: effects.Output) -> dict[str, Any]:
    """What a step returns, without what is empty."""
    told = {name: [encode(v) for v in getattr(out, name)] for name in ("writes", "effects", "events")}
    return {name: values for name, values in told.items() if values}


def _outgoing(told: Mapping[str, Any]) -> Outgoing:
    return Outgoing(**{**told, "media": tuple(told["media"])})


def _items(value: Any) -> list[tuple[str, Any]]:
    return [(f.name, getattr(value, f.name)) for f in fields(value)]


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case Entry() | Outgoing() | Marks() | Online():
            return {name: _plain(v) for name, v in _items(value)}
        case Mapping():
            return {name: _plain(v) for name, v in value.items()}
        case tuple() | list():
            return [_plain(v) for v in value]
        case _:
            return value


def _frame(text: str) -> Any:
    """The object in a frame's text; None if it is no object, or not the same once it has been read and written."""
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) and _is_exact(told) else None


def _is_exact(value: Any) -> bool:
    match value:
        case bool() | None | str():
            return True
        case dict():
            return all(map(_is_exact, value.values()))
        case list():
            return all(map(_is_exact, value))
        case int():
            return abs(value) < 2**53
        case _:
            return abs(value) < 2**53 and not value.is_integer()


def _camel(name: str) -> str:
    return re.sub("_(.)", lambda m: m[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda m: "_" + m[0].lower(), name)


_FRAMES = {"ReceiptFrame": "receipt", "TypingFrame": "typing", "PresenceFrame": "presence", "UnknownFrame": "unknown",
           "Refusal": "error"}  # fmt: skip


def encode_frame(frame: Any) -> dict[str, Any]:
    """What was read from a frame."""
    name = type(frame).__name__
    return {"type": _FRAMES.get(name, name.lower()), **{_camel(k): _plain(v) for k, v in _items(frame)}}
