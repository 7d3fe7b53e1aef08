"""Whom the page shows: users of this machine's Parley, with what it takes to sign in as them.

They exist on a laptop only, and so does the file: it lies among the running Parley's own, for its owner to read.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

FILE = "people.json"


class Person(Protocol):
    """A user with a password that this program chose."""

    def _asdict(self) -> dict[str, Any]:
        """Return ``id``, ``name``, ``email``, ``password`` and ``role``."""


def write(people: Iterable[Person], directory: Path) -> None:
    """Write who is shown, in this order, for the page to read at ``/dev/people``."""
    path = directory / FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps([person._asdict() for person in people], indent=2) + "\n", encoding="utf-8")


def read(path: Path) -> list[Mapping[str, str]]:
    """Return who is shown; nobody as long as nothing was written."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
