"""Events as Parquet files on this machine, as Firehose lays them out in the bucket, and DuckDB, which runs the queries
on them that Athena runs on AWS.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from infra import templates
from infra.analytics.engine import Rows, Value
from parley.analytics.aws.firehose import packed
from parley.analytics.model import Event

_TYPES = {"string": "VARCHAR", "bigint": "BIGINT"}
"""DuckDB's names of the types that the table has."""


def columns() -> dict[str, str]:
    """Return the table's columns and their types (Glue's names), as the template declares them for Firehose."""
    table = templates.load().nested["analytics.yaml"]["Resources"]["EventsTable"]["Properties"]["TableInput"]
    return {c["Name"]: c["Type"] for c in table["StorageDescriptor"]["Columns"]}


class LakeSink:
    """A ``parley.analytics.ports.Sink`` that keeps what Firehose would be given, by the day of its arrival."""

    def __init__(self) -> None:
        self.arrived: dict[str, list[bytes]] = {}

    def put(self, events: Sequence[Event]) -> None:
        by_day: dict[str, list[Event]] = {}
        for event in events:
            by_day.setdefault(event.day, []).append(event)
        for day, those in by_day.items():
            self.arrived.setdefault(day, []).extend(packed(those))


def write(directory: Path, arrived: Mapping[str, Iterable[bytes]]) -> None:
    """Convert what Firehose was given to Parquet, one file for each day of arrival (YYYY-MM-DD)."""
    wanted = ", ".join(f"{name}: '{_TYPES[kind]}'" for name, kind in columns().items())
    with duckdb.connect() as engine, tempfile.TemporaryDirectory() as work:
        for day, records in arrived.items():
            source = Path(work) / "records.json"
            source.write_bytes(b"".join(records))
            target = directory / f"arrived={day}" / "events.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            engine.execute(
                f"COPY (SELECT * FROM read_json('{source}', format = 'newline_delimited', columns = {{{wanted}}})) "  # noqa: S608
                f"TO '{target}' (FORMAT parquet, COMPRESSION snappy)"
            )


class Lake:
    """An ``infra.analytics.engine.Engine`` on the Parquet files of a directory."""

    def __init__(self, directory: Path) -> None:
        self._engine = duckdb.connect()
        types = {name: _TYPES[kind] for name, kind in columns().items()}
        if any(directory.glob("arrived=*/*.parquet")):
            source = f"read_parquet('{directory}/arrived=*/*.parquet', hive_partitioning = true"
            source += ", hive_types = {'arrived': VARCHAR})"
            self._engine.execute(f"CREATE VIEW events AS SELECT * FROM {source}")  # noqa: S608 - our own directory
        else:
            declared = ", ".join(f"{name} {kind}" for name, kind in types.items())
            self._engine.execute(f"CREATE TABLE events ({declared}, arrived VARCHAR)")

    def run(self, sql: str, parameters: Sequence[str]) -> Rows:
        done = self._engine.execute(sql, list(parameters))
        names = [column[0] for column in done.description or ()]
        return [dict(zip(names, map(_value, row), strict=True)) for row in done.fetchall()]


def _value(value: object) -> Value:
    return (
        value if value is None or isinstance(value, str | int | float) else str(value)
    )  # dates, as Athena writes them
