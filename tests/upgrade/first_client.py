"""Run in the tree of the commit with the client's first file format, with its code alone: write what Ada holds in that
format. ``record.py`` starts this.
"""

import json
import sqlite3
import sys
import tempfile
from pathlib import Path

from parley_client import sqlite_store, steps  # type: ignore[attr-defined]  # of that commit
from parley_client.values import Entry, Marks, Outgoing  # type: ignore[import-not-found]


def main(directory: Path) -> None:
    """Add the file to ``stored.json``."""
    path = directory / "stored.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    ada, ben = stored["users"]["ada"], stored["users"]["ben"]
    items = sorted(stored["tables"]["Log"], key=lambda i: int(i["seq"]["N"]))
    conversation = items[0]["conversation"]["S"]
    entries = tuple(
        Entry(
            conversation,
            int(i["seq"]["N"]),
            int(i["count"]["N"]),
            i["id"]["S"],
            i["kind"]["S"],
            i["sender"]["S"],
            int(i["at"]["N"]),
            {"text": i["body"]["M"]["text"]["S"]},
        )
        for i in items
    )
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "store"
        store = sqlite_store.SqliteStore(file, ada, "first-device")
        unsent = Outgoing("unsent-by-the-first-client", conversation, ben, "Written by the first client.")
        store.apply(
            [steps.PutEntries(entries), steps.PutMarks(Marks(conversation, ada, 2, 2)), steps.AddOutgoing(unsent)]
        )
        store.close()
        database = sqlite3.connect(file)
        [version] = database.execute("PRAGMA user_version").fetchone()
        stored["stores"]["ada, first client"] = {"version": version, "sql": list(database.iterdump())}
        database.close()
    path.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
