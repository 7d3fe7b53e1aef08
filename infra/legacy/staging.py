"""A dump's messages by conversation and in the order of time: in a file of SQLite, for they may be many."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from infra.legacy import dump
from infra.legacy.dump import BadDump
from parley.chat.conversations import direct
from parley.migration.model import LegacyMessage

_BATCH = 1_000
_LATEST = 253_402_300_799_999
"""The end of the year 9999, in ms: what is later was not in milliseconds."""


class Counted(NamedTuple):
    """How many messages there are in the dump, and why some are no part of any conversation."""

    messages: int
    empty: int
    """Messages without a text."""
    alone: int
    """Messages to oneself."""


class Conversation(NamedTuple):
    """Two users of the legacy database, in ascending order, and how many messages they have exchanged."""

    one: str
    other: str
    messages: int


class Staging:
    """The messages of a dump. Use it in a ``with`` block."""

    def __init__(self, file: Path) -> None:
        """``file`` is overwritten."""
        file.unlink(missing_ok=True)
        self._db = sqlite3.connect(file)
        self._db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE message (one TEXT, other TEXT, id TEXT, sender TEXT, at INTEGER, text TEXT)"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def load(self, directory: Path, read: Callable[[int], None]) -> Counted:
        """Take in the dump's messages.

        Raises:
            BadDump: there are none, or something in them cannot be.
        """
        counts = dict.fromkeys(Counted._fields, 0)
        self._db.executemany(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)", _messages(dump.rows(directory, "messages", read), counts)
        )
        self._db.execute("CREATE INDEX pair ON message (one, other)")
        twice = self._db.execute("SELECT id FROM message GROUP BY id HAVING count(*) > 1 LIMIT 1").fetchone()
        if twice:
            raise BadDump(f"messages.xml: two messages have the id {twice[0]!r}")
        return Counted(**counts)

    def conversations(self) -> list[Conversation]:
        """Return who has talked with whom."""
        found = self._db.execute("SELECT one, other, count(*) FROM message GROUP BY one, other ORDER BY one, other")
        return [Conversation(*row) for row in found]

    def messages(self, conversation: Conversation, users: Mapping[str, str]) -> tuple[str, list[LegacyMessage]]:
        """Return the conversation's id, and its messages in the order of time, and of their ids where that is the same.

        ``users`` are the ids here, by those of the legacy database.
        """
        found = self._db.execute(
            "SELECT id, sender, at, text FROM message WHERE one = ? AND other = ? ORDER BY at, CAST(id AS INTEGER), id",
            (conversation.one, conversation.other),
        )
        told = [LegacyMessage(id=i, sender=users[sender], at=at, text=text) for i, sender, at, text in found]
        return direct(users[conversation.one], users[conversation.other]), told


def _messages(rows: Iterator[dump.Row], counts: dict[str, int]) -> Iterator[tuple[str, str, str, str, int, str]]:
    for row in rows:
        counts["messages"] += 1
        own, sender, recipient = (dump.own_id(row, column, "messages") for column in ("id", "sender", "recipient"))
        text = (row["text"] or "").replace("\r\n", "\n")
        if sender == recipient:
            counts["alone"] += 1
        elif not text.strip():
            counts["empty"] += 1
        else:
            one, other = sorted((sender, recipient))
            yield one, other, own, sender, _time(row, own), text


def _time(row: dump.Row, message: str) -> int:
    try:
        at = int(row["at"] or "")
    except ValueError:
        at = -1
    if not 0 <= at <= _LATEST:
        raise BadDump(f"messages.xml: message {message!r} has no time in milliseconds: {(row['at'] or '')[:40]!r}")
    return at
