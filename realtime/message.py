"""$default: a frame has come in. Its command calls one use case. An answer, if any, is the route's response."""

import os
import time
from collections.abc import Callable
from typing import Any

from msgspec import UNSET, UnsetType

from parley.chat.people.presence import presence
from parley.chat.receipts import mark
from parley.chat.send import send
from parley.chat.sync import sync
from parley.chat.typing import typing
from parley.core.errors import BadRequest, ParleyError, TokenExpired, Unavailable
from parley.core.session import Session
from parley.runtime import bootstrap, dependencies
from realtime import frames
from realtime.events import Event, session_of

_OK: dict[str, Any] = {"statusCode": 200}


def message(event: Event, deps: dependencies.Message, now: int) -> dict[str, Any]:
    """The route's response. Its body is the answer, if there is one. The socket stays open, whatever was wrong."""
    session = session_of(event)
    raw = event.get("body") or ""
    command_id: str | UnsetType = UNSET
    try:
        command = _command(event, raw, session, now)
        command_id = command.id
        deps.telemetry.correlate(connection=session.connection, id=command_id)  # whose it is, its first line says
        deps.budget.spend(session.user, frames.tokens(command), now)
        answer = _answer(command, session, deps, now)
    except ParleyError as error:
        answer = _refused(error, session, raw, deps)
    except Exception as error:  # noqa: BLE001  (the last line: the client gets an answer, and learns nothing)
        deps.telemetry.correlate(connection=session.connection, user=session.user, id=command_id or None)
        deps.telemetry.failed(error, code=Unavailable.code)
        answer = frames.refusal(Unavailable("something went wrong on our side", retry_after=1), command_id)
    return _OK if answer is None else {**_OK, "body": frames.encode(answer).decode()}


def _command(event: Event, raw: str, session: Session, now: int) -> frames.AnyCommand:
    if session.expires <= now:
        raise TokenExpired("the token has expired: reconnect with a fresh one")
    if event.get("isBase64Encoded"):
        raise BadRequest("frames are text, not binary")
    return frames.parse(raw)


def _refused(error: ParleyError, session: Session, raw: str, deps: dependencies.Message) -> frames.Error:
    command_id = frames.id_of(raw)
    deps.telemetry.correlate(connection=session.connection, user=session.user, id=command_id or None)
    deps.telemetry.refused(error.code)  # not the reason: it may repeat what a user wrote
    return frames.refusal(error, command_id)


def _answer(
    command: frames.AnyCommand, session: Session, deps: dependencies.Message, now: int
) -> frames.AnyAnswer | None:
    """Run the command's use case, and count what it did for the operator."""
    telemetry = deps.telemetry
    match command:
        case frames.Send():
            sent = send(frames.to_send(command), session, now, deps.sending, deps.rules)
            telemetry.count(
                Sends=int(not sent.repeated),
                Repeats=int(sent.repeated),
                Conflicts=sent.conflicts,
                **telemetry.posted(sent.posted),
            )
            return frames.sent(sent)
        case frames.Mark():
            delivered, read = command.delivered or 0, command.read or 0  # 0 if a mark is not given
            marked = mark(command.conversation, delivered, read, session, now, deps.marking)
            telemetry.count(Marks=1, **telemetry.posted(marked.posted))
            return None  # a lost mark is noticed by the client's next sync, so an ack for each would buy nothing
        case frames.Sync():
            page = sync(command.since, command.cursor or "", session, deps.syncing)
            telemetry.count(Syncs=1)
            return frames.synced(page, command.id, deps.generation)
        case frames.Typing():
            telemetry.count(Typing=1, **telemetry.posted(typing(command.conversation, session, now, deps.typing)))
            return None
        case frames.Presence():
            users = presence(command.users, session, now, deps.syncing.snapshots)
            telemetry.count(Presence=1)
            return frames.PresenceOf(id=command.id, users=users)


def __getattr__(name: str) -> Callable[[Event, object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.message(os.environ)
    return lambda event, _: message(event, deps, time.time_ns() // 1_000_000)
