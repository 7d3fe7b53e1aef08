"""Each query, on a week made by hand (``made.py``), with answers computed by hand; and the dialect that they are in."""

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest
import sqlglot
from sqlglot import exp

from infra.analytics import figures, lake
from infra.analytics.engine import QUERIES, Rows
from parley.analytics.model import Event
from tests.unit.infra.analytics import made
from tests.unit.infra.templates.whole import RESOURCES

FIRST, LAST = date(2026, 11, 2), date(2026, 11, 8)
TEXTS = {path.stem: path.read_text() for path in QUERIES.glob("*.sql")}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("events")
    lake.write(place, made.recorded().arrived)
    return place


@pytest.fixture(scope="module")
def answers(directory: Path) -> dict[str, Rows]:
    return dict(figures.query(lake.Lake(directory), FIRST, LAST).rows)


def rows(answer: Rows) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in answer]


def test_messages_a_day(answers: dict[str, Rows]):
    assert rows(answers["messages_per_day"]) == [
        ("2026-11-02", 3, 1, 2),
        ("2026-11-03", 1, 0, 1),
        ("2026-11-04", 1, 0, 1),
        ("2026-11-05", 1, 0, 1),
        ("2026-11-07", 1, 0, 1),
    ]


def test_active_users_and_how_many_of_the_months_come_each_day(answers: dict[str, Rows]):
    # Ann was active on 28 October, so that she counts from the first day on. To join is not yet to be active.
    assert rows(answers["active_users"]) == [
        ("2026-11-02", 2, 2, 1.0),  # Ann, Ben
        ("2026-11-03", 1, 3, pytest.approx(1 / 3)),  # Cid
        ("2026-11-04", 1, 4, 0.25),  # Dan
        ("2026-11-05", 1, 4, 0.25),
        ("2026-11-07", 1, 4, 0.25),
        ("2026-11-08", 1, 4, 0.25),
    ]


def test_a_user_leaves_the_month_after_thirty_days(directory: Path):
    engine = lake.Lake(directory)
    parameters = ["2026-01-01", "2026-11-08", "2026-11-08"]
    text = TEXTS["active_users"]
    assert rows(engine.run(text, parameters)) == [("2026-11-08", 1, 4, 0.25)]
    # With a month of four days, only 5 to 8 November count: Ann, Ben and Cid.
    assert rows(engine.run(text.replace("'29' day", "'3' day"), parameters)) == [
        ("2026-11-08", 1, 3, pytest.approx(1 / 3))
    ]


def test_new_and_returning_users_by_week(answers: dict[str, Rows]):
    assert rows(answers["new_and_returning"]) == [("2026-11-02", 3, 1)]


def test_cohorts_by_the_week_of_joining(answers: dict[str, Rows]):
    assert rows(answers["weekly_cohorts"]) == [
        ("2026-10-26", 1, 0, 1),  # Ann
        ("2026-10-26", 1, 1, 1),
        ("2026-11-02", 3, 0, 3),
    ]


def test_conversations_started_and_by_whom(answers: dict[str, Rows]):
    assert rows(answers["conversations_started"]) == [
        ("2026-11-02", 1, 1, 0),
        ("2026-11-03", 1, 1, 0),
        ("2026-11-05", 1, 1, 0),
        ("2026-11-07", 1, 0, 1),
    ]


def test_the_providers_first_response(answers: dict[str, Rows]):
    (answer,) = answers["first_response"]
    assert answer == {
        "conversations": 3,  # that a consumer began
        "answered": 2,
        "response_rate": pytest.approx(2 / 3),
        "p50_minutes": 30,
        "p90_minutes": 600,
        "within_1h": 1,
        "within_4h": 0,
        "within_8h": 0,
        "within_24h": 1,
        "later": 0,
        "unanswered": 1,
    }


@pytest.mark.parametrize(
    ("minutes", "bucket"),
    [(0, "within_1h"), (59, "within_1h"), (60, "within_4h"), (239, "within_4h"), (240, "within_8h"), (479, "within_8h"),
     (480, "within_24h"), (1439, "within_24h"), (1440, "later"), (9000, "later")],
)  # fmt: skip
def test_a_bucket_begins_where_the_one_before_it_ends(tmp_path: Path, minutes: int, bucket: str):
    asked = made._event("message", "ann", "11-02 09:00", "ab", 1)
    reply = msgspec.structs.replace(
        asked, event="r", pseudonym="ben", role="provider", seq=2, at_ms=asked.at_ms + minutes * 60_000
    )
    sink = lake.LakeSink()
    sink.put([asked, reply])
    lake.write(tmp_path, sink.arrived)
    (answer,) = lake.Lake(tmp_path).run(TEXTS["first_response"], ["2026-11-01", "2026-11-02", "2026-11-08"])
    buckets = ("within_1h", "within_4h", "within_8h", "within_24h", "later", "unanswered")
    assert [name for name in buckets if answer[name]] == [bucket]


def test_from_sent_to_read(answers: dict[str, Rows]):
    # Of seven messages, four were confirmed (1–3 of Ann and Ben, 1 of Cid), three of them as read.
    assert rows(answers["delivery_funnel"]) == [(7, 4, 3)]


def test_pushes_a_day(answers: dict[str, Rows]):
    assert rows(answers["pushes_per_day"]) == [("2026-11-04", 1, 1)]


def test_media_a_day(answers: dict[str, Rows]):
    assert rows(answers["media_volume"]) == [("2026-11-02", "image", 2, 1_500)]


def test_the_most_sockets_at_once(answers: dict[str, Rows]):
    # 9:30 to 9:45 Ann's and Ben's first; at 9:45 hers closes as his second opens.
    assert rows(answers["peak_connections"]) == [("2026-11-02", 2), ("2026-11-08", 1)]


def test_when_people_write(answers: dict[str, Rows]):
    assert rows(answers["busy_hours"]) == [(1, 9, 3), (2, 22, 1), (3, 8, 1), (4, 12, 1), (6, 12, 1)]


def test_without_events_there_are_no_rows_or_zeros(tmp_path: Path):
    for name, answer in figures.query(lake.Lake(tmp_path), FIRST, LAST).rows.items():
        assert all(not value for row in answer for value in row.values()), name


def test_the_table_has_the_fields_of_an_event_in_their_order():
    types = {str: "string", int: "bigint"}
    declared = {f.name: types.get(f.type, "string") for f in msgspec.structs.fields(Event)}
    assert list(lake.columns().items()) == list(declared.items())


def test_every_query_is_a_named_one_of_athena():
    named = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::Athena::NamedQuery"]
    assert {p["Name"]: p["QueryString"] for p in named} == TEXTS


# ── The dialect ───────────────────────────────────────────────────────────────────────────────────────────────────────

ALIKE = {
    "COUNT", "SUM", "MIN", "MAX", "CAST", "COALESCE", "LEAST", "NULLIF", "FLOOR", "ROW_NUMBER", "CASE", "AND", "OR",
    "DATE_TRUNC", "TIMESTAMP_TRUNC",
    "DATE_DIFF", "DATEDIFF",  # of dates in days, where both count the same
    "IF",  # a branch of CASE
}  # fmt: skip
"""The functions that Trino ("Functions and operators") and DuckDB ("SQL functions") have with the same meaning."""


@pytest.mark.parametrize("name", TEXTS)
def test_a_query_is_read_alike_by_athena_and_duckdb_and_uses_what_both_have(name: str):
    (ours,) = sqlglot.parse(TEXTS[name], read="athena")
    (theirs,) = sqlglot.parse(TEXTS[name], read="duckdb")
    assert ours is not None
    assert theirs is not None
    used = {f.sql_name() if not isinstance(f, exp.Anonymous) else f.name.upper() for f in ours.find_all(exp.Func)}
    assert used <= ALIKE
    assert {t.name for t in ours.find_all(exp.Table)} == {t.name for t in theirs.find_all(exp.Table)}


@pytest.mark.parametrize("name", TEXTS)
def test_a_query_has_three_parameters_all_in_a_where_and_the_first_chooses_the_partitions(name: str):
    """Athena takes them nowhere else ("Use parameterized queries" in its user guide)."""
    (parsed,) = sqlglot.parse(TEXTS[name], read="athena")
    assert parsed is not None
    places = list(parsed.find_all(exp.Placeholder))
    assert len(places) == 3
    assert all(place.find_ancestor(exp.Where) for place in places)
    text = re.sub(r"--.*", "", TEXTS[name])
    assert text.index("arrived >= ?") == text.index("?") - len("arrived >= ")


@pytest.mark.parametrize("name", TEXTS)
def test_a_query_reads_the_events_only_where_partitions_are_chosen(name: str):
    """Each further reading would read everything there ever was, which Athena bills."""
    (parsed,) = sqlglot.parse(TEXTS[name], read="athena")
    assert parsed is not None
    readings = [t for t in parsed.find_all(exp.Table) if t.name == "events"]
    assert len(readings) == 1
    where = readings[0].find_ancestor(exp.Select).args["where"]
    assert "arrived >= ?" in where.sql(dialect="athena")


@pytest.mark.parametrize("name", TEXTS)
def test_a_query_divides_by_floating_point_numbers_or_exactly(name: str):
    """7 / 2 is 3 in Athena and 3.5 in DuckDB. 7 / 4.0 is 1.8 in Athena, a decimal with the digits of its operands
    (Trino, "Decimal functions and operators"). With 4e0 it is 1.75 in both. Whole weeks are days by 7, without a
    remainder.
    """
    (parsed,) = sqlglot.parse(TEXTS[name], read="duckdb")
    assert parsed is not None
    for division in parsed.find_all(exp.Div, exp.IntDiv):
        left, right = division.left.sql(dialect="duckdb"), division.right.sql(dialect="duckdb")
        weeks = right == "7" and left.startswith("DATE_DIFF('DAY'")
        assert right.lower().endswith("e0") or "AS DOUBLE)" in left or weeks, division.sql()
