"""Charts as SVG, drawn by Vega-Lite without a browser. Their colours are the page's CSS variables, so that one drawing
serves light, dark and print; their text is text, so that it stays sharp and can be searched.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import vl_convert

from infra.analytics.engine import Rows

WIDTH, HEIGHT = 360, 200
"""As wide as a phone shows it, so that its letters are neither shrunk there nor much enlarged elsewhere."""
SERIES = ("var(--one)", "var(--two)", "var(--three)", "var(--four)")

_VERSION = "6.4"
_FEW = 10
_DAY_MS = 24 * 3600 * 1000
_AXIS = {
    "domain": False, "ticks": False, "title": None, "labelColor": "var(--soft)", "labelFontSize": 11, "labelPadding": 6,
    "gridColor": "var(--rule)", "labelFont": "system-ui, sans-serif",
}  # fmt: skip
_CONFIG: dict[str, Any] = {
    "aria": False,  # the whole drawing has one name, and its numbers are in the table under it
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": _AXIS,
    "axisX": {"grid": False},
    "legend": {
        "orient": "top", "title": None, "labelColor": "var(--ink)", "labelFontSize": 12, "symbolType": "square",
        "symbolStrokeWidth": 0, "offset": 4,
    },
    "bar": {"cornerRadiusEnd": 1},
    "line": {"strokeWidth": 2},
    "text": {"fontSize": 11, "fill": "var(--ink)"},
}  # fmt: skip
Span = tuple[str, str]
"""The first and the last day that a chart shows (YYYY-MM-DD), whether or not there is something on them."""


def per_day(
    rows: Rows, span: Span, names: Mapping[str, str], *, form: str = "bar", percent: bool = False
) -> dict[str, Any]:
    """One value a day, or several stacked. ``names`` are the columns, and what the legend calls them."""
    data = [{"day": row["day"], "value": row[column], "what": name} for row in rows for column, name in names.items()]
    encoding: dict[str, Any] = {"x": _days(span), "y": _amount(data, "%" if percent else "~s")}
    if len(names) > 1:
        encoding["color"] = _colours(list(names.values()))
    else:
        encoding["color"] = {"value": SERIES[0]}
    if form == "line" and len(names) > 1:
        encoding["y"]["stack"] = None
    points = {"filled": True, "size": 24} if len(rows) < _FEW else False  # one day alone would be no line
    mark = {"type": form, **({"point": points} if form == "line" else {})}
    return {"data": {"values": data}, "mark": mark, "encoding": encoding}


def stacked(rows: Rows, span: Span, x: str, value: str, what: str, order: Sequence[str]) -> dict[str, Any]:
    """Bars over days, stacked by a column."""
    data = [{"day": row[x], "value": row[value], "what": row[what]} for row in rows]
    return {
        "data": {"values": data},
        "mark": "bar",
        "encoding": {"x": _days(span), "y": _amount(data), "color": _colours(order)},
    }


def weekly(rows: Rows, names: Mapping[str, str]) -> dict[str, Any]:
    """Bars by week, stacked."""
    data = [{"week": row["week"], "value": row[c], "what": name} for row in rows for c, name in names.items()]
    week = {
        "field": "week", "type": "ordinal", "timeUnit": "utcyearmonthdate",
        "axis": {"format": "%-d %b", "labelAngle": 0},
    }  # fmt: skip
    return {
        "data": {"values": data},
        "mark": "bar",
        "encoding": {"x": week, "y": _amount(data), "color": _colours(list(names.values()))},
    }


def shares(parts: Mapping[str, int], *, of: int) -> dict[str, Any]:
    """One horizontal bar for each part, in the given order, with its number and its share of ``of`` beside it."""
    data = [{"part": p, "value": v, "told": f"{v:,} · {share(v, of or 1)}"} for p, v in parts.items()]
    y = {"field": "part", "type": "nominal", "sort": None, "axis": {"labelColor": "var(--ink)", "labelFontSize": 12}}
    x = {
        "field": "value", "type": "quantitative", "axis": None,
        "scale": {"domainMin": 0, "domainMax": max([*parts.values(), 1]) * 1.45},
    }  # fmt: skip
    return {
        "data": {"values": data},
        "encoding": {"y": y, "x": x},
        "layer": [
            {"mark": "bar", "encoding": {"color": {"value": SERIES[0]}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12},
                "encoding": {"text": {"field": "told"}},
            },
        ],
    }


def cohorts(rows: Rows) -> dict[str, Any]:
    """A grid: a row for each week in which users joined, a column for each week since, and the share still active."""
    data = [
        {
            "week": row["week"], "later": row["weeks_later"], "share": active,
            "told": f"{active:.0%}", "ink": "light" if active > 0.7 else "dark",
        }
        for row in rows
        for active in [float(row["active"] or 0) / float(row["new_users"] or 1)]
    ]  # fmt: skip
    y = {"field": "week", "type": "ordinal", "timeUnit": "utcyearmonthdate", "axis": {"format": "%-d %b"}}
    x = {"field": "later", "type": "ordinal", "axis": {"labelAngle": 0, "orient": "top"}}
    opacity = {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "range": [0.06, 1]},
        "legend": None,
    }
    ink = {"condition": {"test": "datum.ink == 'light'", "value": "var(--paper)"}, "value": "var(--ink)"}
    return {
        "data": {"values": data},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "rect", "fill": SERIES[0]}, "encoding": {"fillOpacity": opacity}},
            {"mark": {"type": "text", "fontSize": 11}, "encoding": {"text": {"field": "told"}, "fill": ink}},
        ],
    }


def hours(rows: Rows) -> dict[str, Any]:
    """A grid: a row for each day of the week, a column for each hour, and the darker the more."""
    found = {(row["weekday"], row["hour"]): row["messages"] for row in rows}
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    data = [
        {"weekday": name, "hour": hour, "messages": found.get((n, hour), 0)}
        for n, name in enumerate(names, start=1)
        for hour in range(24)
    ]
    y = {"field": "weekday", "type": "nominal", "sort": None}
    x = {
        "field": "hour", "type": "ordinal",
        "axis": {"values": [0, 6, 12, 18, 23], "labelExpr": "datum.value + ':00'", "labelAngle": 0, "labelFlush": True},
    }  # fmt: skip
    opacity = {"field": "messages", "type": "quantitative", "scale": {"range": [0.04, 1]}, "legend": None}
    return {
        "data": {"values": data},
        "mark": {"type": "rect", "fill": SERIES[0]},
        "encoding": {"x": x, "y": y, "fillOpacity": opacity},
    }


def share(part: float, whole: float) -> str:
    """A share in percent. What is not all does not say 100 %, nor what is something 0 %."""
    found = part / whole
    return f"{found:.0%}" if found in {0, 1} or 0.005 <= found < 0.995 else f"{found:.1%}"


def svg(chart: Mapping[str, Any], number: int, name: str) -> str:
    """Draw a chart. ``number`` tells its ids from those of the page's other charts; ``name`` is what a screen reader
    says of it.
    """
    size = {"width": WIDTH, "height": HEIGHT, "autosize": {"type": "fit", "contains": "padding"}}
    drawn = vl_convert.vegalite_to_svg({**size, **chart, "config": _CONFIG}, vl_version=_VERSION)
    drawn = re.sub(r'( id="|url\(#)', rf"\1c{number}-", drawn)
    root = re.compile(r"^<svg [^>]*>", re.DOTALL)
    return root.sub(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name, quote=True)}">',
        drawn,
        count=1,
    )


def _days(span: Span) -> dict[str, Any]:
    first, last = (int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000 for day in span)
    return {
        "field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate",
        "scale": {"type": "utc", "domain": [first, last + _DAY_MS]},
        "axis": {"format": "%-d %b", "tickCount": 5, "labelFlush": True},
    }  # fmt: skip


def _amount(data: Sequence[Mapping[str, Any]], form: str = "~s") -> dict[str, Any]:
    """A scale from 0. Of very few things there are no halves."""
    most = max((float(d["value"] or 0) for d in data), default=0)
    ticks = 4 if form == "%" or most >= 4 else max(round(most), 1)
    axis = {"format": form, "tickCount": ticks}
    return {"field": "value", "type": "quantitative", "axis": axis, "scale": {"domainMin": 0}}


def _colours(order: Sequence[str]) -> dict[str, Any]:
    return {
        "field": "what", "type": "nominal", "sort": list(order),
        "scale": {"domain": list(order), "range": list(SERIES[: len(order)])},
    }  # fmt: skip
