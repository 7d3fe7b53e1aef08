"""What must be true after a recovery, decided from what was noted: no clients, and no AWS."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

Line = tuple[int, str]
"""An entry, as its seq and its message's id."""


class Ack(NamedTuple):
    """What a client was told of a message that is stored. ``at`` is in seconds, on one clock for all."""

    message: str
    conversation: str
    seq: int
    at: float


class Notes(NamedTuple):
    """What a drill has noted.

    Attributes:
        accepted: the messages that clients have accepted.
        acks: every ack.
        failed: the messages that were refused for good.
        waiting: by device, how many messages it still has to send.
        log: the conversations of the restored Log.
        devices: by device, the conversations that it holds.
        members: by device, the conversations that its user is in.
        point: when the backups began; what was acknowledged before is in them.
        back: when the functions used the restored tables; what is acknowledged from then on is in them, too.
    """

    accepted: frozenset[str]
    acks: Sequence[Ack]
    failed: Sequence[str]
    waiting: Mapping[str, int]
    log: Mapping[str, Sequence[Line]]
    devices: Mapping[str, Mapping[str, Sequence[Line]]]
    members: Mapping[str, frozenset[str]]
    point: float
    back: float


def lost(notes: Notes) -> list[str]:
    """Return the messages that were acknowledged and are not in the Log any more, as far as that is allowed."""
    stored = _stored(notes)
    return sorted({a.message for a in notes.acks if notes.point <= a.at < notes.back and a.message not in stored})


def findings(notes: Notes) -> list[str]:
    """Return what is wrong, a line each. Nothing is wrong if it is empty."""
    return [*_log(notes), *_acks(notes), *_messages(notes), *_devices(notes)]


def _log(notes: Notes) -> Iterable[str]:
    for conversation, lines in notes.log.items():
        if [seq for seq, _ in lines] != list(range(1, len(lines) + 1)):
            yield f"{conversation} is not 1, 2, 3 …"
        ids = [message for _, message in lines]
        if len(set(ids)) != len(ids):
            yield f"{conversation} holds a message twice"


def _acks(notes: Notes) -> Iterable[str]:
    places = {(c, message): seq for c, lines in notes.log.items() for seq, message in lines}
    for ack in notes.acks:
        stored = places.get((ack.conversation, ack.message))
        if ack.at < notes.point and stored != ack.seq:
            yield f"{ack.message} was acknowledged as {ack.seq} before the recovery point, and is {stored}"
        elif ack.at >= notes.back and stored != ack.seq:
            yield f"{ack.message} was acknowledged as {ack.seq} after the recovery, and is {stored}"


def _messages(notes: Notes) -> Iterable[str]:
    known = _stored(notes) | set(lost(notes))
    for message in sorted(notes.accepted - known - set(notes.failed)):
        yield f"{message} was accepted, and is nowhere"
    for message in notes.failed:
        yield f"{message} was refused for good"
    for device, count in notes.waiting.items():
        if count:
            yield f"{device} still has {count} to send"


def _devices(notes: Notes) -> Iterable[str]:
    for device, held in notes.devices.items():
        for conversation in sorted(notes.members[device]):
            wanted, has = list(notes.log.get(conversation, [])), list(held.get(conversation, []))
            if has != wanted:
                first = next((n for n, (a, b) in enumerate(zip(has, wanted, strict=False), 1) if a != b), None)
                where = f", and differs from {first} on" if first else ""
                yield f"{device} holds {len(has)} of {len(wanted)} in {conversation}{where}"


def _stored(notes: Notes) -> set[str]:
    return {message for lines in notes.log.values() for _, message in lines}
