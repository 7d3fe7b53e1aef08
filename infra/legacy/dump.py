"""Read a dump of the three views: files that the MySQL or MariaDB client has written with ``--xml``.

XML is the one format of that client that tells NULL from a text and keeps line breaks, and no file has to be written by
the server, which RDS does not do.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

Row = Mapping[str, str | None]

_CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\r")
"""Characters that XML cannot have, and the client writes nevertheless."""
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_ID = re.compile(r"[A-Za-z0-9_-]{1,50}\Z")
COLUMNS: Mapping[str, frozenset[str]] = {
    "profiles": frozenset({"id", "about", "locale", "category", "business"}),
    "messages": frozenset({"id", "sender", "recipient", "at", "text"}),
}
"""The columns of each view whose rows are read, by the name of its file."""


class BadDump(Exception):
    """The dump cannot be read. The message is one readable line."""


def rows(directory: Path, view: str, read: Callable[[int], None] = lambda _: None) -> Iterator[Row]:
    """Return the rows of ``<view>.xml``, one after the other, however large the file is.

    ``read`` is called with the number of bytes of each part of the file.

    Raises:
        BadDump: there is no such file, it is no dump, or it has other columns.
    """
    path = directory / f"{view}.xml"
    try:
        with path.open("rb") as file:
            yield from _rows(_Clean(file, read), path.name, COLUMNS[view])
    except OSError as error:
        raise BadDump(f"{path}: {error.strerror}") from None
    except (ET.ParseError, ValueError) as error:
        raise BadDump(f"{path.name} is not what `mysql --xml` writes: {error}") from None


def own_id(row: Row, column: str, view: str) -> str:
    """Return an id of the legacy database.

    Raises:
        BadDump: it is none, or could not be part of an id here.
    """
    value = row[column] or ""
    if not _ID.match(value):
        raise BadDump(f"{view}.xml: {value[:40]!r} cannot be an id: at most 50 of A-Z a-z 0-9 _ -")
    return value


class _Clean:
    """A file without the characters that XML cannot have."""

    def __init__(self, file: IO[bytes], read: Callable[[int], None]) -> None:
        self._file = file
        self._told = read

    def read(self, size: int = -1) -> bytes:
        while True:  # an empty answer would be the end
            part = self._file.read(size)
            self._told(len(part))
            clean = part.translate(None, _CONTROLS)
            if clean or not part:
                return clean


def _rows(file: _Clean, name: str, columns: frozenset[str]) -> Iterator[Row]:
    root: ET.Element | None = None
    for event, element in ET.iterparse(file, events=("start", "end")):  # noqa: S314 - one's own database's dump
        if event == "start":
            root = element if root is None else root
        elif element.tag == "row":
            row = {str(f.get("name")): None if f.get(_NIL) == "true" else f.text or "" for f in element}
            if not columns <= row.keys():
                raise BadDump(f"{name} has no column {', '.join(sorted(columns - row.keys()))}")
            yield row
            if root is not None:
                root.clear()  # what has been read is not kept
