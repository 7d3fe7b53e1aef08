"""Whether every message got everywhere, once and in order: the stored log against what each device did and was told.

This module is pure: it takes the records of all devices and the logs as stored, and returns every single thing that is
wrong.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from parley.chat.conversations import members_of
from tests.load.clients.protocol import Line, Record

Kind = Literal["lost", "doubled", "disordered", "strange", "unsettled"]
KINDS: tuple[Kind, ...] = ("lost", "doubled", "disordered", "strange", "unsettled")
"""The kinds of findings. Lost: a message is not where it must be. Doubled: it is there more than once. Disordered:
there must be a single dense order of all messages, with each device's own in the order they were written, and another
is found. Strange: nobody wrote such a message. Unsettled: its writer was not told what became of it.
"""


class Finding(Struct, frozen=True):
    """One thing that is wrong with one message, and where."""

    kind: Kind
    conversation: str
    id: str
    where: str

    def __str__(self) -> str:
        return f"{self.kind}: message {self.id} in {self.conversation}: {self.where}"


Logs = Mapping[str, Sequence[Line]]
"""By conversation, everything that is stored, in the order of the key."""


def verify(logs: Logs, records: Sequence[Record]) -> list[Finding]:
    """Return everything that is wrong, which is nothing if all promises were kept."""
    return list(_all(logs, records))


def counts(findings: Sequence[Finding]) -> dict[Kind, int]:
    """Return how many findings there are of each kind."""
    found = Counter(f.kind for f in findings)
    return {kind: found[kind] for kind in KINDS}


def _all(logs: Logs, records: Sequence[Record]) -> Iterator[Finding]:
    writers = {message: (record, total) for record in records for message, total in _written(record)}
    for conversation, lines in logs.items():
        yield from _log(conversation, lines, writers)
    places: dict[str, list[str]] = {}
    for conversation in {*logs, *(c for r in records for c in r.written)}:
        for user in members_of(conversation) or ():
            places.setdefault(user, []).append(conversation)
    for record in records:
        yield from _answers(record, logs)
        for conversation in places.get(record.user, []):
            lines = logs.get(conversation, ())
            yield from _copy(conversation, lines, record.told.get(conversation, ()), f"the events of {_name(record)}")
            yield from _copy(conversation, lines, record.stored.get(conversation, ()), f"the store of {_name(record)}")
        for conversation in {*record.told, *record.stored} - {*places.get(record.user, ())}:
            yield Finding("strange", conversation, "(all)", f"{_name(record)} is no member")
        for conversation in record.rewound:
            yield Finding("disordered", conversation, "(all)", f"{_name(record)} was told that the server went back")


def _name(record: Record) -> str:
    return f"device {record.device}" + ("" if record.state == "live" else f" ({record.state})")


def _written(record: Record) -> Iterator[tuple[str, int]]:
    for messages in record.written.values():
        yield from messages


def _log(conversation: str, lines: Sequence[Line], writers: Mapping[str, tuple[Record, int]]) -> Iterator[Finding]:
    """Check the log for itself, and against what was written."""
    last: dict[str, int] = {}
    positions: dict[str, dict[str, int]] = {}
    seen: set[str] = set()
    for place, line in enumerate(lines, start=1):
        if line.seq != place:
            yield Finding("disordered", conversation, line.id, f"the log has seq {line.seq} in place {place}")
        if line.id in seen:
            yield Finding("doubled", conversation, line.id, f"the log, again at seq {line.seq}")
            continue
        seen.add(line.id)
        writer, total = writers.get(line.id, (None, 0))
        if writer is None or line.sender != writer.user or line.sum != total:
            yield Finding("strange", conversation, line.id, f"the log at seq {line.seq}: nobody wrote it so")
            continue
        if writer.device not in positions:
            mine = writer.written.get(conversation, [])
            positions[writer.device] = {message: n for n, (message, _) in enumerate(mine)}
        position = positions[writer.device].get(line.id)
        if position is None:
            yield Finding("strange", conversation, line.id, f"the log at seq {line.seq}: written elsewhere")
        elif position < last.get(writer.device, -1):
            yield Finding("disordered", conversation, line.id, f"the log has it behind a later one of {writer.device}")
        else:
            last[writer.device] = position


def _answers(record: Record, logs: Logs) -> Iterator[Finding]:
    """Check what the writer of each message was told against what is stored."""
    for conversation, messages in record.written.items():
        stored = {line.id: line.seq for line in logs.get(conversation, ())}
        for message, _ in messages:
            seq = stored.get(message)
            if message in record.refused:
                if seq is None:
                    code = record.refused[message]
                    yield Finding("lost", conversation, message, f"refused to {_name(record)}: {code}")
                else:
                    yield Finding("strange", conversation, message, f"refused to {_name(record)}, and stored")
            elif message not in record.acked:
                known = "not in the log" if seq is None else f"at seq {seq} of the log"
                yield Finding("unsettled", conversation, message, f"no ack at {_name(record)}; {known}")
            elif seq is None:
                yield Finding("lost", conversation, message, f"the log, though {_name(record)} has an ack")
            elif seq != record.acked[message]:
                told = record.acked[message]
                yield Finding("disordered", conversation, message, f"acked as seq {told}, and stored as {seq}")


def _copy(conversation: str, log: Sequence[Line], copy: Sequence[Line], where: str) -> Iterator[Finding]:
    """Check a copy of the log against it."""
    genuine = {line.id: line for line in log}
    seen: set[str] = set()
    last = 0
    for line in copy:
        if line.id in seen:
            yield Finding("doubled", conversation, line.id, f"{where}, again at seq {line.seq}")
            continue
        seen.add(line.id)
        original = genuine.get(line.id)
        if original is None or (line.sender, line.sum) != (original.sender, original.sum):
            yield Finding("strange", conversation, line.id, f"{where}: not as in the log")
        elif line.seq != original.seq or line.seq < last:
            yield Finding("disordered", conversation, line.id, f"{where}: seq {line.seq} behind seq {last}")
        last = max(last, line.seq)
    for line in log:
        if line.id not in seen:
            seen.add(line.id)
            yield Finding("lost", conversation, line.id, f"{where} (seq {line.seq})")
