"""User data: small things that an app keeps for a user, the same on all their devices.

Every change goes through the user's one index, on the condition that nobody else has changed it since it was read. So
versions are 1, 2, 3 … without gaps, a device that holds one can learn exactly what has changed since, and no change
overwrites another unnoticed.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from parley.accounts import events
from parley.accounts.model import DataIndex, Datum
from parley.accounts.ports import Data
from parley.core import pages
from parley.core.errors import BadRequest, Conflict, TooLarge
from parley.core.session import Session
from parley.core.writes import compare_and_set
from parley.delivery import fanout
from parley.delivery.ports import Connections, Sockets

MOST_KEYS = 100
MOST_BYTES = 16 * 1024
"""The most bytes that one value's compact JSON may have in UTF-8."""
MOST_LEVELS = 32
"""How deeply arrays and objects may be nested."""
MOST_DELETED = 100
"""How many deletions are remembered. A device that was away for longer gets everything again."""
PAGE = 50
"""How many changes a page has, so that it stays below 1 MB."""

_ATTEMPTS = 8


class Ports(Struct, frozen=True):
    """What user data needs from the world."""

    data: Data
    connections: Connections
    sockets: Sockets


class Changes(Struct, frozen=True):
    """A page of what has changed, by ascending version."""

    changes: list[Datum]
    version: int
    """With this page, everything up to this version is known."""
    reset: bool
    """Whether the listing starts over with this page. What a device holds, and does not get again, is gone."""
    cursor: str
    """The cursor of the next page; empty if this is the last one."""


class _Cursor(Struct, frozen=True, array_like=True):
    version: int
    """Everything up to this version has been listed."""
    whole: int
    """Deletions up to this version need not be listed: the listing started over when it was the newest."""


def since(session: Session, version: int, cursor: str, ports: Ports) -> Changes:
    """What has changed after a version, including deletions; 0 for everything there is.

    A value that changes while the page is read is returned as it is then, with a version beyond the page's. It is
    therefore listed once more later.

    Raises:
        BadRequest: the cursor is not one of ours.
    """
    at = pages.decode(cursor, _Cursor) if cursor else _Cursor(version, version)
    index = ports.data.index(session.user)
    reset = at.version <= 0 or max(at.version, at.whole) < index.forgotten or at.version > index.version
    at = _Cursor(0, index.version) if reset else at
    known = at.version
    news = [(v, k, False) for k, v in index.kept.items() if v > known]
    if not reset:
        news += [(v, k, True) for k, v in index.deleted.items() if v > known]
    news.sort()
    page, more = news[:PAGE], len(news) > PAGE
    values = ports.data.values(session.user, [k for _, k, deleted in page if not deleted])
    changes = [Datum(k, v, None) if deleted else values[k] for v, k, deleted in page if deleted or k in values]
    reached = page[-1][0] if more else index.version
    return Changes(changes, reached, reset, pages.encode(_Cursor(reached, at.whole)) if more else "")


def put(session: Session, key: str, value: Any, expected: int | None, now: int, ports: Ports) -> Datum:
    """Keep a value, and tell the user's live devices.

    Args:
        session: the asker.
        key: a client id.
        value: any value that JSON can express.
        expected: the version that it replaces; 0 for none; None for whichever there is. Repeating a change that has
            already been made is not a conflict.
        now: in ms.
        ports: what it needs.

    Raises:
        Conflict: another version is stored; the error carries that one.
        BadRequest: the value is not JSON, or there would be one key too many.
        TooLarge: the value has more than ``MOST_BYTES`` bytes.
    """
    text = _json(value)

    def changed(index: DataIndex) -> DataIndex:
        held = index.kept.get(key, 0)
        if expected not in {None, held}:
            current = _current(session.user, key, index, ports.data)
            if current.value == text:
                return index
            raise Conflict("another version is stored", current=shown(current))
        if not held and len(index.kept) >= MOST_KEYS:
            raise BadRequest(f"a user keeps at most {MOST_KEYS} keys")
        return DataIndex(
            version=index.version + 1,
            kept={**index.kept, key: index.version + 1},
            deleted={k: v for k, v in index.deleted.items() if k != key},
            forgotten=index.forgotten,
        )

    stored = _change(session.user, key, text, changed, now, ports)
    return stored or _current(session.user, key, ports.data.index(session.user), ports.data)


def remove(session: Session, key: str, expected: int | None, now: int, ports: Ports) -> None:
    """Delete a value, and tell the user's live devices. A value that does not exist is not an error.

    Raises:
        Conflict: a version other than ``expected`` is stored; the error carries that one.
    """

    def changed(index: DataIndex) -> DataIndex:
        held = index.kept.get(key)
        if held is None:
            return index
        if expected not in {None, held}:
            raise Conflict("another version is stored", current=shown(_current(session.user, key, index, ports.data)))
        deleted = {**index.deleted, key: index.version + 1}
        oldest = sorted(deleted, key=deleted.__getitem__)[: max(len(deleted) - MOST_DELETED, 0)]
        return DataIndex(
            version=index.version + 1,
            kept={k: v for k, v in index.kept.items() if k != key},
            deleted={k: v for k, v in deleted.items() if k not in oldest},
            forgotten=max([index.forgotten, *(deleted[k] for k in oldest)]),
        )

    _change(session.user, key, None, changed, now, ports)


def _change(
    user: str, key: str, text: str | None, changed: Callable[[DataIndex], DataIndex], now: int, ports: Ports
) -> Datum | None:
    """Store a changed index with its datum, and tell the user's devices; None where nothing had to change."""
    old, new = compare_and_set(
        ports.data.index(user),
        changed,
        lambda _, index: ports.data.store(user, index, Datum(key, index.version, text)),
        attempts=_ATTEMPTS,
        busy="the data is being changed by many at once",
    )
    if new == old:
        return None
    datum = Datum(key, new.version, text)
    _tell(user, datum, now, ports)
    return datum


def shown(datum: Datum) -> Mapping[str, Any]:
    """A datum as its user sees it."""
    value = None if datum.value is None else json.loads(datum.value)
    return {"key": datum.key, "version": datum.version, "deleted": datum.value is None, "value": value}


def _current(user: str, key: str, index: DataIndex, data: Data) -> Datum:
    return data.values(user, [key]).get(key) or Datum(key, index.deleted.get(key, 0), None)


def _json(value: Any) -> str:
    if _too_deep(value, MOST_LEVELS):
        raise BadRequest(f"a value has at most {MOST_LEVELS} levels")
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        size = len(text.encode())
    except ValueError:  # infinities, which JSON does not have, and halves of surrogate pairs
        raise BadRequest("the value is not JSON") from None
    if size > MOST_BYTES:
        raise TooLarge(f"a value has at most {MOST_BYTES} bytes")
    return text


def _too_deep(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_too_deep(v, levels - 1) for v in inner)


def _tell(user: str, datum: Datum, now: int, ports: Ports) -> None:
    """Best effort: a version that is missing between two tells a device to ask."""
    recipients = ports.connections.recipients([user]).values()
    value = None if datum.value is None else msgspec.Raw(datum.value.encode())
    event = events.Data(key=datum.key, version=datum.version, deleted=datum.value is None, value=value)
    fanout.post(ports.sockets, ports.connections, recipients, event, now)
