"""Export: everything about a user as one archive, which is made in the background."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from parley.accounts.model import DAY_MS, Export
from parley.accounts.ports import Data, Exports, Files, Identities, Jobs, Profiles, Uploads
from parley.chat.ports import Blocks, Log, Memberships
from parley.core import pages
from parley.core.errors import NotFound, ParleyError
from parley.core.session import Session
from parley.core.writes import Stored
from parley.delivery.ports import Connections

FRESH_MS = DAY_MS
"""For how long an archive is handed out before a new one is made."""
PATIENCE_MS = 20 * 60 * 1000
"""After what time an archive that is not ready is considered lost. It is longer than its function may run."""
LINK_S = 5 * 60

_PAGE = 200


class Asking(Struct, frozen=True):
    """What asking for an archive needs from the world."""

    exports: Exports
    jobs: Jobs
    files: Files


class Making(Struct, frozen=True):
    """What making an archive needs from the world."""

    exports: Exports
    files: Files
    identities: Identities
    connections: Connections
    memberships: Memberships
    blocks: Blocks
    profiles: Profiles
    data: Data
    log: Log
    uploads: Uploads


def ask(session: Session, username: str, now: int, ports: Asking) -> Export:
    """The asker's archive: one from the last day, ready or being made, or otherwise a new one.

    Raises:
        NotFound: there is no such user.
    """
    stored = ports.exports.export(session.user)
    if stored is not None:
        age = now - (stored.made or stored.asked)
        if age < (FRESH_MS if stored.made else PATIENCE_MS):
            return stored
    new = Export(user=session.user, id=uuid4().hex, asked=now)
    if isinstance(ports.exports.replace(stored, new), Stored):
        try:
            ports.jobs.export(new, username)
        except Exception:
            with suppress(ParleyError):  # if this fails, the next request waits in vain, for ``PATIENCE_MS``
                ports.exports.forget(new)
            raise
    return new


def make(export: Export, username: str, now: int, ports: Making) -> bool:
    """Make an archive and note that it is ready. Returns False if another one, or none, is wanted by now. It may be
    repeated.

    An archive that is not noted is removed, whether this call made it or an earlier one that died.

    Raises:
        NotFound: the user does not exist any more.
    """
    noted = ports.exports.export(export.user)
    if noted == export:
        size = ports.files.archive(export.key, _parts(export.user, username, ports))
        outcome = ports.exports.replace(export, replace(export, made=now, size=size))
        if isinstance(outcome, Stored):
            return True
        noted = outcome.current
    if noted is None or noted.id != export.id:
        ports.files.remove(export.key)
    return False


def _parts(user: str, username: str, ports: Making) -> Iterator[tuple[str, Iterable[bytes]]]:
    recipient = ports.connections.recipients([user], strong=True).get(user)
    profile = ports.profiles.profile(user)
    if recipient is None or profile is None:
        raise NotFound("no such user")
    devices = [{"device": d.id, "platform": d.platform} for d in recipient.devices]
    account = {"user": user, "role": recipient.role, "seen": recipient.seen, "devices": devices}
    yield "account.json", [_json({**account, "identity": ports.identities.told(username)})]
    yield "profile.json", [_json(profile)]
    yield "data.json", [_json(_data(user, ports.data))]
    yield "blocks.json", [_json(list(_blocked(user, ports.blocks)))]
    yield "media.json", [_json(list(ports.uploads.listed(user)))]
    yield "files.json", [_json([{"name": name, "size": size} for name, size in ports.files.listed(user)])]
    inbox = pages.walk(
        lambda after: ports.memberships.memberships(user, after, _PAGE), "", lambda row: row.conversation
    )
    memberships = [row for page in inbox for row in page]
    yield "conversations.json", [_json(memberships)]
    for membership in memberships:
        name = membership.conversation.replace(":", "_")
        yield f"conversations/{name}.jsonl", _entries(membership.conversation, ports.log)


def _data(user: str, data: Data) -> dict[str, Any]:
    keys = sorted(data.index(user).kept)
    return {k: msgspec.json.decode(d.value or "null") for k, d in sorted(data.values(user, keys).items())}


def _blocked(user: str, blocks: Blocks) -> Iterator[str]:
    for page in pages.walk(lambda after: blocks.blocked(user, after, _PAGE), "", lambda other: other):
        yield from page


def _entries(conversation: str, log: Log) -> Iterator[bytes]:
    for page in pages.walk(lambda after: log.after(conversation, after, _PAGE), 0, lambda entry: entry.seq):
        yield from map(_json, page)


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value) + b"\n"
