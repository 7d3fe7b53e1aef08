"""The store as a SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from parley_client.protocol import effects
from parley_client.protocol.store import StoreError, StoreInUse, with_intent
from parley_client.protocol.values import Conversation, Entry, Marks, Outgoing, SavedState, Undelivered

_VERSION = 2
_FROM_1 = """
    ALTER TABLE outbox ADD COLUMN media TEXT NOT NULL DEFAULT '[]';
    PRAGMA user_version = 2;
"""
_GENERATION = "SELECT value FROM meta WHERE name = 'generation'"
_OUTGOING = "id, conversation, recipient, text, media"
_ENTRY = "conversation, seq, count, id, kind, sender, at, body"


class SqliteStore:
    """A ``Store`` in one file, which only one process at a time may open. Its methods may be called from any thread."""

    def __init__(self, path: Path, user: str, new_device: str) -> None:
        """Open the file, or create it with ``new_device`` as its device id.

        Raises:
            StoreError: the file is in use, damaged, another user's, of a newer version, or cannot be written.
        """
        self.user = user
        self._path = path
        self._lock = threading.Lock()
        try:
            # Created here, so that nobody else can ever read it; SQLite gives the files beside it the same mode.
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot open {path}: {error}") from error
        try:
            with self._translated():
                self.device = self._open(new_device)
        except BaseException:
            self._db.close()
            raise

    def _open(self, new_device: str) -> str:
        db = self._db
        # With an exclusive WAL, the lock is held from the first access until the file is closed or the process dies.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN IMMEDIATE")
        db.execute("COMMIT")
        [version] = db.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise StoreError(f"{self._path} was written by a newer version of this client")
        if version == 0:
            self._create(new_device)
        elif db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise StoreError(f"{self._path} is damaged: delete it, and all but unsent messages comes back")
        elif version == 1:
            db.executescript(f"BEGIN IMMEDIATE; {_FROM_1} COMMIT;")
        meta = dict(db.execute("SELECT name, value FROM meta"))
        if meta["user"] != self.user:
            raise StoreError(f"{self._path} belongs to another user")
        return str(meta["device"])

    def _create(self, new_device: str) -> None:
        script = resources.files("parley_client.live").joinpath("schema.sql").read_text(encoding="utf-8")
        self._db.executescript(f"BEGIN IMMEDIATE; {script}")
        rows = [("user", self.user), ("device", new_device)]
        self._db.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        self._db.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                if self._db_in_transaction():
                    self._db.execute("ROLLBACK")
                busy = error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
                if busy:
                    raise StoreInUse(
                        f"another process is using {self._path}: end it, or give this one a directory of its own"
                    ) from error
                raise StoreError(f"cannot use {self._path}: {error}") from error

    def _db_in_transaction(self) -> bool:
        try:
            return self._db.in_transaction
        except sqlite3.ProgrammingError:  # closed
            return False

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._translated():
            return self._db.execute(query, values).fetchall()

    def load(self) -> SavedState:
        intents = self._rows("SELECT conversation, delivered, read FROM intents")
        return SavedState(
            cursors=dict(self._rows("SELECT conversation, seq FROM cursors")),
            outbox=self.outbox(),
            marks=[Marks(*row) for row in self._rows("SELECT conversation, user, delivered, read FROM marks")],
            undelivered=[u.message for u in self.undelivered()],
            intents={conversation: (delivered, read) for conversation, delivered, read in intents},
            generation=next((value for [value] in self._rows(_GENERATION)), ""),
        )

    def apply(self, writes: Iterable[effects.Write]) -> None:
        with self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            for write in writes:
                for statement, rows in _statements(write):
                    self._db.executemany(statement, rows)
            self._db.execute("COMMIT")

    def entries(self, conversation: str, after: int = 0, limit: int = 1_000) -> list[Entry]:
        query = f"SELECT {_ENTRY} FROM entries WHERE conversation = ? AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608 — a constant
        return [_entry(row) for row in self._rows(query, conversation, after, limit)]

    def latest(self, conversation: str, limit: int) -> list[Entry]:
        query = f"SELECT {_ENTRY} FROM entries WHERE conversation = ? ORDER BY seq DESC LIMIT ?"  # noqa: S608 — a constant
        return [_entry(row) for row in reversed(self._rows(query, conversation, limit))]

    def conversations(self) -> list[Conversation]:
        query = """
            SELECT conversation, seq, coalesce((
                SELECT count FROM entries e WHERE e.conversation = c.conversation AND e.seq <= max(
                    coalesce((SELECT read FROM marks m WHERE m.conversation = c.conversation AND m.user = ?), 0),
                    coalesce((SELECT read FROM intents i WHERE i.conversation = c.conversation), 0),
                    coalesce((SELECT max(o.seq) FROM entries o
                              WHERE o.conversation = c.conversation AND o.sender = ?), 0))
                ORDER BY e.seq DESC LIMIT 1),
                (SELECT count - (kind = 'message') FROM entries e WHERE e.conversation = c.conversation
                 ORDER BY e.seq LIMIT 1), 0)
            FROM cursors c"""
        found = []
        for name, seq, seen in self._rows(query, self.user, self.user):
            last = next(iter(self.latest(name, 1)), None)
            found.append(Conversation(name, seq, last.count - seen if last else 0, last))
        return sorted(found, key=lambda c: c.last.at if c.last else 0, reverse=True)

    def marks(self, conversation: str) -> list[Marks]:
        query = "SELECT conversation, user, delivered, read FROM marks WHERE conversation = ?"
        found = {m.user: m for m in (Marks(*row) for row in self._rows(query, conversation))}
        intents = self._rows("SELECT delivered, read FROM intents WHERE conversation = ?", conversation)
        return list(with_intent(found, conversation, self.user, next(iter(intents), None)).values())

    def sent(self, message_id: str) -> Entry | None:
        query = f"SELECT {_ENTRY} FROM entries WHERE id = ? AND sender = ?"  # noqa: S608 — a constant
        return next((_entry(row) for row in self._rows(query, message_id, self.user)), None)

    def outbox(self) -> list[Outgoing]:
        query = f"SELECT {_OUTGOING} FROM outbox WHERE code IS NULL ORDER BY position"  # noqa: S608 — a constant
        return [_outgoing(row) for row in self._rows(query)]

    def undelivered(self) -> list[Undelivered]:
        query = f"SELECT code, reason, {_OUTGOING} FROM outbox WHERE code IS NOT NULL ORDER BY position"  # noqa: S608 — constants
        return [Undelivered(_outgoing(row[2:]), *row[:2]) for row in self._rows(query)]

    def dismiss(self, message_id: str) -> None:
        self._rows("DELETE FROM outbox WHERE id = ? AND code IS NOT NULL", message_id)

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _outgoing(row: tuple[Any, ...]) -> Outgoing:
    message_id, conversation, to, text, media = row
    return Outgoing(message_id, conversation, to, text, tuple(json.loads(media)))


def _entry(row: tuple[Any, ...]) -> Entry:
    conversation, seq, count, message_id, kind, sender, at, body = row
    return Entry(conversation, seq, count, message_id, kind, sender, at, json.loads(body))


def _statements(write: effects.Write) -> list[tuple[str, list[tuple[Any, ...]]]]:
    match write:
        case effects.PutEntries(entries):
            rows = [(e.conversation, e.seq, e.count, e.id, e.kind, e.sender, e.at, json.dumps(e.body)) for e in entries]
            cursors = {e.conversation: e.seq for e in entries}
            return [
                ("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows),
                ("INSERT OR REPLACE INTO cursors VALUES (?, ?)", list(cursors.items())),
            ]
        case effects.Rewind(conversation, seq):
            marks = "UPDATE {} SET delivered = min(delivered, ?), read = min(read, ?) WHERE conversation = ?"
            return [
                ("DELETE FROM entries WHERE conversation = ? AND seq > ?", [(conversation, seq)]),
                ("UPDATE cursors SET seq = ? WHERE conversation = ?", [(seq, conversation)]),
                (marks.format("marks"), [(seq, seq, conversation)]),
                (marks.format("intents"), [(seq, seq, conversation)]),
            ]
        case effects.Skip(conversation, seq):
            return [
                ("DELETE FROM entries WHERE conversation = ?", [(conversation,)]),
                ("INSERT OR REPLACE INTO cursors VALUES (?, ?)", [(conversation, seq)]),
            ]
        case effects.PutGeneration(generation):
            return [("INSERT OR REPLACE INTO meta VALUES ('generation', ?)", [(generation,)])]
        case effects.Restart(generation):
            gone = [(f"DELETE FROM {table}", [()]) for table in ("entries", "cursors", "marks", "intents")]  # noqa: S608
            return [*gone, *_statements(effects.PutGeneration(generation))]
        case effects.AddOutgoing(m):
            add = f"INSERT OR REPLACE INTO outbox ({_OUTGOING}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608 — a constant
            return [(add, [(m.id, m.conversation, m.to, m.text, json.dumps(m.media))])]
        case effects.RemoveOutgoing(message_id):
            return [("DELETE FROM outbox WHERE id = ?", [(message_id,)])]
        case effects.FailOutgoing(message_id, code, reason):
            return [("UPDATE outbox SET code = ?, reason = ? WHERE id = ?", [(code, reason, message_id)])]
        case effects.PutMarks(m):
            put = "INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)"
            return [(put, [(m.conversation, m.user, m.delivered, m.read)])]
        case effects.PutIntent(conversation, 0, 0):
            return [("DELETE FROM intents WHERE conversation = ?", [(conversation,)])]
        case effects.PutIntent(conversation, delivered, read):
            return [("INSERT OR REPLACE INTO intents VALUES (?, ?, ?)", [(conversation, delivered, read)])]
