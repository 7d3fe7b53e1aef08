"""Queries on Athena: how they are asked, and what becomes of its answers, which are all text."""

from typing import Any

import pytest

from infra.analytics import athena
from infra.analytics.athena import Athena
from infra.analytics.engine import CannotQuery

COLUMNS = [("day", "date"), ("messages", "bigint"), ("rate", "double"), ("exact", "decimal"), ("sort", "varchar")]


def row(*values: str | None) -> dict[str, Any]:
    return {"Data": [{"VarCharValue": v} if v is not None else {} for v in values]}


def page(*rows: dict[str, Any]) -> dict[str, Any]:
    info = [{"Name": n, "Type": t} for n, t in COLUMNS]
    return {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": info}, "Rows": list(rows)}}


class Client:
    def __init__(self, *states: str, pages: tuple[dict[str, Any], ...] = ()) -> None:
        self.states = list(states)
        self.pages = pages
        self.asked: dict[str, Any] = {}
        self.stopped = False

    def start_query_execution(self, **asked: Any) -> dict[str, str]:
        self.asked = asked
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803 - botocore's name
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"QueryExecution": {"Status": {"State": state, "StateChangeReason": "Bytes scanned limit was exceeded"}}}

    def stop_query_execution(self, QueryExecutionId: str) -> None:  # noqa: N803
        self.stopped = True

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, QueryExecutionId: str) -> Any:  # noqa: N803
        return self.pages


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(athena.time, "sleep", lambda _: None)


def test_rows_have_the_types_of_their_columns_and_the_header_is_none_of_them():
    header = row("day", "messages", "rate", "exact", "sort")
    first, second = row("2026-11-02", "7", "0.5", "1.0", "image"), row("2026-11-03", None, None, None, None)
    client = Client("QUEUED", "RUNNING", "SUCCEEDED", pages=(page(header, first), page(second)))
    rows = Athena(client, "parley-dev", "parley_dev").run("SELECT ?", ["2026-11-02"])
    assert rows == [
        {"day": "2026-11-02", "messages": 7, "rate": 0.5, "exact": 1.0, "sort": "image"},
        {"day": "2026-11-03", "messages": None, "rate": None, "exact": None, "sort": None},
    ]
    assert client.asked == {
        "QueryString": "SELECT ?",
        "WorkGroup": "parley-dev",
        "QueryExecutionContext": {"Database": "parley_dev"},
        "ExecutionParameters": ["'2026-11-02'"],
    }


def test_a_query_that_fails_says_why():
    with pytest.raises(CannotQuery, match="Athena: Bytes scanned limit was exceeded"):
        Athena(Client("RUNNING", "FAILED"), "w", "d").run("SELECT 1", [])


def test_a_query_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(athena, "_LONGEST_S", 0.01)
    client = Client("RUNNING")
    with pytest.raises(CannotQuery, match="has not answered"):
        Athena(client, "w", "d").run("SELECT 1", [])
    assert client.stopped
