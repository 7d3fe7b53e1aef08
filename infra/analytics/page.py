"""The report as one HTML file that needs nothing else: the numbers that matter, then a chart for each question."""

from collections.abc import Callable, Mapping
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from msgspec import Struct

from infra.analytics import charts
from infra.analytics.engine import Rows, Value
from infra.analytics.figures import Figures

_TEMPLATE = Path(__file__).with_name("page.html")
_BUCKETS = {
    "within_1h": "0–1 h",
    "within_4h": "1–4 h",
    "within_8h": "4–8 h",
    "within_24h": "8–24 h",
    "later": "over 24 h",
    "unanswered": "no answer yet",
}
_SORTS = {"image": "images", "video": "videos", "audio": "audio", "application": "documents"}


class _Chart(Struct, frozen=True):
    """A question, how its chart is to be read, the query with the answer, and the chart."""

    title: str
    reading: str
    query: str
    draw: Callable[[Rows, charts.Span], Mapping[str, Any]]


def _media(rows: Rows, span: charts.Span) -> Mapping[str, Any]:
    named = [{**r, "sort": _SORTS.get(str(r["sort"]), str(r["sort"])), "mb": _number(r["bytes"]) / 1e6} for r in rows]
    return charts.stacked(named, span, "day", "mb", "sort", list(_SORTS.values()))


def _funnel(rows: Rows, _: charts.Span) -> Mapping[str, Any]:
    sent, delivered, read = (int(_number(rows[0][c])) for c in ("sent", "delivered", "was_read"))
    return charts.shares({"sent": sent, "delivered": delivered, "read": read}, of=sent)


def _responses(rows: Rows, _: charts.Span) -> Mapping[str, Any]:
    parts = {name: int(_number(rows[0][column])) for column, name in _BUCKETS.items()}
    return charts.shares(parts, of=int(_number(rows[0]["conversations"])))


_CHARTS = (
    _Chart("Messages a day", "Stored messages, with texts or media.", "messages_per_day",
           lambda r, span: charts.per_day(r, span, {"messages": "messages"})),
    _Chart("Active users", "Each day, and in the 30 days up to it.", "active_users",
           lambda r, span: charts.per_day(r, span, {"mau": "in 30 days", "dau": "that day"}, form="line")),
    _Chart("Stickiness", "Daily active users as a share of those of 30 days.", "active_users",
           lambda r, span: charts.per_day(r, span, {"stickiness": "stickiness"}, form="line", percent=True)),
    _Chart("How soon providers answer", "Conversations that consumers began, by the wait for the first answer.",
           "first_response", _responses),
    _Chart("New and returning users", "Active users by the week (from Monday); the last one may not be over.",
           "new_and_returning", lambda r, _: charts.weekly(r, {"new_users": "new", "returning_users": "returning"})),
    _Chart("Who comes back", "Of those who joined in a week, the share active in each week since (0 is the first).",
           "weekly_cohorts", lambda r, _: charts.cohorts(r)),
    _Chart("Conversations started a day", "By who wrote first.", "conversations_started",
           lambda r, span: charts.per_day(r, span, {"by_consumers": "by consumers", "by_providers": "by providers"})),
    _Chart("From sent to read", "Messages, and how many of them a device has confirmed and the recipient has read.",
           "delivery_funnel", _funnel),
    _Chart("When people write", "Messages by day of the week and hour (UTC); the stronger the colour, the more.",
           "busy_hours", lambda r, _: charts.hours(r)),
    _Chart("Pushes sent a day", "Bursts of messages that a user was sent a push about.", "pushes_per_day",
           lambda r, span: charts.per_day(r, span, {"pushes": "pushes"})),
    _Chart("Media uploaded a day, in MB", "Verified uploads, by sort.", "media_volume", _media),
    _Chart("Most sockets open at once", "The peak of each day.", "peak_connections",
           lambda r, span: charts.per_day(r, span, {"peak": "sockets"}, form="line")),
)  # fmt: skip


def html(figures: Figures, environment: str, *, demo: bool) -> str:
    """Return the whole document."""
    note = '<p class="note">These are made-up figures of a demonstration, not those of real users.</p>' if demo else ""
    filled = {
        "title": escape(f"How Parley is used: {environment}"),
        "period": f"{_day(figures.first)} to {_day(figures.last)}",
        "note": note,
        "numbers": "\n".join(_tile(*n) for n in headlines(figures)),
        "charts": "\n".join(_section(n, chart, figures) for n, chart in enumerate(_CHARTS)),
    }
    page = _TEMPLATE.read_text(encoding="utf-8")
    for name, text in filled.items():
        page = page.replace(f"{{{{{name}}}}}", text)
    return page


def headlines(figures: Figures) -> list[tuple[str, str, str]]:
    """Return the numbers that matter most: what each is, its value, and a remark."""
    rows = figures.rows
    messages = sum(int(_number(r["messages"])) for r in rows["messages_per_day"])
    active = rows["active_users"]
    began = min((str(r["day"]) for r in active), default=figures.first)  # recording may have begun within the period
    days = (date.fromisoformat(figures.last) - date.fromisoformat(began)).days + 1
    dau = sum(_number(r["dau"]) for r in active) / days
    mau = int(_number(active[-1]["mau"])) if active else 0
    answer, funnel = rows["first_response"][0], rows["delivery_funnel"][0]
    slow, asked = _minutes(answer["p90_minutes"]), _number(answer["conversations"])
    begun = sum(int(_number(r["conversations"])) for r in rows["conversations_started"])
    pushes = sum(int(_number(r["pushes"])) for r in rows["pushes_per_day"])
    megabytes = sum(_number(r["bytes"]) for r in rows["media_volume"]) / 1e6
    peak = max(rows["peak_connections"], key=lambda r: _number(r["peak"]), default=None)
    peak_day = f"on {_day(str(peak['day']))}" if peak else ""
    return [
        ("Messages", f"{messages:,}", f"{_rate(messages / days)} a day"),
        ("Monthly active users", f"{mau:,}", f"in the 30 days to {_day(str(active[-1]['day']))}" if active else ""),
        ("Daily active users", _rate(dau), f"on average; {_share(dau, mau)} of the monthly ones"),
        ("Conversations started", f"{begun:,}", f"{_rate(begun / days)} a day"),
        ("Median first response", _minutes(answer["p50_minutes"]), f"9 of 10 answers within {slow}"),
        ("Response rate", _percent(answer["response_rate"]), f"of {asked:,.0f} that consumers began"),
        ("Read", _share(_number(funnel["was_read"]), _number(funnel["sent"])), "of the messages sent"),
        ("Pushes sent", f"{pushes:,}", f"{_rate(pushes / days)} a day"),
        ("Media uploaded", f"{_rate(megabytes)} MB", f"{_rate(megabytes / days)} MB a day"),
        ("Peak connections", f"{_number(peak['peak']):,.0f}" if peak else "0", peak_day),
    ]  # fmt: skip


def _tile(what: str, value: str, remark: str) -> str:
    return f'<li><span class="what">{what}</span><b>{value}</b><span>{remark}</span></li>'


def _drawn(number: int, chart: _Chart, figures: Figures) -> str:
    drawing = chart.draw(figures.rows[chart.query], (figures.first, figures.last))
    return charts.svg(drawing, number, f"{chart.title}. {chart.reading}")


def _section(number: int, chart: _Chart, figures: Figures) -> str:
    rows = figures.rows[chart.query]
    empty = not rows or (len(rows) == 1 and not any(_number(v) for v in rows[0].values()))
    drawn = "<p>Nothing was recorded.</p>" if empty else _drawn(number, chart, figures)
    table = "" if empty else f"<details><summary>The numbers</summary>{_table(rows)}</details>"
    return f"<section><h2>{chart.title}</h2><p>{chart.reading}</p>{drawn}{table}</section>"


def _table(rows: Rows) -> str:
    head = "".join(f"<th scope=col>{escape(name.replace('_', ' '))}</th>" for name in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{_cell(v)}</td>' for v in row.values())}</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table><tr>{head}</tr>{body}</table></div>'


def _cell(value: Value) -> str:
    match value:
        case None:
            return "–"
        case float():
            return f"{value:,.2f}"
        case int():
            return f"{value:,}"
    return escape(value)


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:,.1f}"


def _share(part: float, whole: float) -> str:
    return charts.share(part, whole) if whole else "–"


def _percent(value: Value) -> str:
    return "–" if value is None else charts.share(_number(value), 1)


def _minutes(value: Value) -> str:
    if value is None:
        return "–"
    minutes = _number(value)
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B %Y}"
