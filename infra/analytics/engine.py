"""What runs the queries: Athena on AWS, DuckDB on a laptop. Both are given the same files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

QUERIES = Path(__file__).parent / "queries"

Value = str | int | float | None
Rows = Sequence[Mapping[str, Value]]


class CannotQuery(Exception):
    """A query failed, or there is nothing to query. The message is one readable line."""


class Engine(Protocol):
    """Runs SQL on the table ``events``."""

    def run(self, sql: str, parameters: Sequence[str]) -> Rows:
        """Return the rows by column name; dates are text (YYYY-MM-DD). ``parameters`` are what the question marks stand
        for.

        Raises:
            CannotQuery: the query failed.
        """
        ...
