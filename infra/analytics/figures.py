"""The figures of a period: the answers of all queries."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from msgspec import Struct

from infra.analytics.engine import QUERIES, Engine, Rows

NAMES = tuple(sorted(path.stem for path in QUERIES.glob("*.sql")))
COHORT_WEEKS = 8
"""How many weeks of new users are followed."""
_BEFORE = {"active_users": 29, "peak_connections": 1}
"""How many days before the first day a query reads, beside the one that its events may have been on their way."""


class Figures(Struct, frozen=True):
    """What each query answered of the days from ``first`` to ``last``."""

    first: str
    last: str
    rows: Mapping[str, Rows]


def query(engine: Engine, first: date, last: date, say: Callable[[str], None] = lambda _: None) -> Figures:
    """Run every query. ``say`` is told the name of each before it begins.

    Raises:
        infra.analytics.engine.CannotQuery: one of them failed.
    """
    rows = {}
    for name in NAMES:
        say(name)
        begin = first
        if name == "weekly_cohorts":
            begin = last - timedelta(days=last.weekday(), weeks=COHORT_WEEKS - 1)
        if name == "new_and_returning":  # whole weeks, or the first would seem a weak one
            begin = first - timedelta(days=first.weekday())
        arrived = begin - timedelta(days=_BEFORE.get(name, 0))
        sql = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
        rows[name] = engine.run(sql, [arrived.isoformat(), begin.isoformat(), last.isoformat()])
    return Figures(first.isoformat(), last.isoformat(), rows)
