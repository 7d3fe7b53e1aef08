"""What the previous release has stored, as its own code wrote it (``record.py``)."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.flattening import flatten
from infra.templates import Template, Templates

_DIRECTORY = Path(__file__).parent / "recorded"


def templates() -> Templates:
    """Return the templates that it was deployed from."""
    whole = json.loads((_DIRECTORY / "templates.json").read_text(encoding="utf-8"))
    return Templates(whole["root"], whole["nested"])


def flat_template() -> Template:
    """Return them as one, as a laptop deploys them."""
    return flatten(templates())


def stored(users: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the tables' items and the clients' files, with other ids for ``ada`` and ``ben`` if they are given.

    A user's id is Cognito's, and a test has a user pool of its own. The ids must be in the same order as theirs,
    because a conversation's id names its members in order.
    """
    text = (_DIRECTORY / "stored.json").read_text(encoding="utf-8")
    theirs: dict[str, str] = json.loads(text)["users"]
    for name, user in (users or {}).items():
        text = text.replace(theirs[name], user)
    found: dict[str, Any] = json.loads(text)
    return found


def in_order(users: tuple[str, str]) -> dict[str, str]:
    """Return who of two users is Ada, and who is Ben."""
    theirs: dict[str, str] = stored()["users"]
    return dict(zip(sorted(theirs, key=theirs.__getitem__), sorted(users), strict=True))


def write_store(held: Mapping[str, Any], path: Path) -> None:
    """Write a client's file as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path)
    database.executescript("\n".join(held["sql"]))
    database.execute(f"PRAGMA user_version = {int(held['version'])}")
    database.close()


def put(dynamodb: Any, tables: Mapping[str, str], items: Mapping[str, list[dict[str, Any]]]) -> None:
    """Put the items into the tables, whose names are given by logical ids."""
    for name, table in tables.items():
        for item in items[name]:
            dynamodb.put_item(TableName=table, Item=item)
