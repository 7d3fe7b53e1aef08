"""The tables of a run as they were at one moment, and how they are put back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from parley_client.protocol import events

from parley.chat.entries import Entry

if TYPE_CHECKING:
    from tests.simulation.world import World


class Backup(NamedTuple):
    """Both tables. Their values are never changed in place."""

    entries: Mapping[str, list[Entry]]
    stored_at: Mapping[str, list[float]]
    directory: Mapping[str, dict[Any, Any]]


_ROWS = ("users", "members", "summaries")


def take(world: "World") -> Backup:
    """Return the tables as they are."""
    return Backup(
        {c: list(entries) for c, entries in world.log.entries.items()},
        {c: list(times) for c, times in world.log.stored_at.items()},
        {name: dict(getattr(world.directory, name)) for name in _ROWS},
    )


def put_back(world: "World", backup: Backup) -> None:
    """Have the tables be as they were. They are others then, and the functions say so. The ledger forgets what is lost
    with that, as the users have to.
    """
    ledger = world.ledger
    world.generation = f"{world.generation}'"
    world.messaging = msgspec.structs.replace(world.messaging, generation=world.generation)
    ledger.tell((*world.roles, *(d.name for d in world.devices)), "—— the server is restored")
    lost = {
        (e.sender, e.id)
        for conversation, entries in world.log.entries.items()
        for e in entries[len(backup.entries.get(conversation, [])) :]
    }
    _replace(world.log.entries, {c: list(entries) for c, entries in backup.entries.items()})
    _replace(world.log.stored_at, {c: list(times) for c, times in backup.stored_at.items()})
    for name, rows in backup.directory.items():
        _replace(getattr(world.directory, name), rows)
    for facts in (ledger.said, ledger.placed, ledger.acked):
        for key in lost:
            facts.pop(key, None)  # type: ignore[attr-defined]
    ledger.mistimed -= {(c, s) for c, s in ledger.mistimed if s > len(world.log.entries.get(c, []))}
    ledger.read = {key: row.read for key, row in world.directory.members.items()}
    for device in world.devices:
        for told in (device.told, device.missed):
            told[:] = [e for e in told if not (isinstance(e, events.Sent) and (device.user, e.id) in lost)]


def _replace(table: dict[Any, Any], rows: Mapping[Any, Any]) -> None:
    table.clear()
    for key, value in rows.items():
        table[key] = value  # noqa: PERF403 - a table that remembers what was there has to see each
