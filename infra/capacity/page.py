"""The report as a single self-contained HTML file."""

from html import escape

from infra.capacity import charts, scenario, terminal
from infra.capacity.charts import Bar
from infra.capacity.report import FACTORS, Report, Size

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 900px; margin: 2em auto; padding: 0 1em }
svg { width: 100%; font: 13px system-ui, sans-serif; fill: currentColor }
table { border-collapse: collapse; width: 100% }
td, th { padding: 2px 8px; text-align: right; border-bottom: 1px solid #8884 }
td:first-child, th:first-child { text-align: left }
"""


def html(report: Report) -> str:
    """Return the whole document."""
    first = report.sizes[0]
    title = f"Parley for {terminal.number(first.users)} users"
    parts = [
        f"<h1>{title}: {terminal.usd(first.total)} a month</h1>",
        f"<p>Figures per message: {escape(report.origin)}. Prices: {escape(report.prices_of)}.</p>",
        "<h2>Where the money goes</h2>",
        charts.stacked([(_of(size), size.by_service) for size in report.sizes]),
        _costs(report),
        "<h2>Where the first limit is met</h2>",
        "<p>Users at which each limit is met; the line is where you are. Red: to be raised before launch.</p>",
        charts.logarithmic(
            [Bar(m.quota.name, m.users, terminal.number(m.users), m.share > 1) for m in first.met], first.users
        ),
        _limits(report),
        "<h2>A rival's support-chat scenario</h2>",
        charts.logarithmic(
            [
                Bar("Parley", report.support.total, terminal.usd(report.support.total)),
                Bar("as published by the rival", scenario.RIVAL_USD, terminal.usd(scenario.RIVAL_USD)),
            ],
            scenario.RIVAL_USD / 10,
        ),
        "<h2>Assumed</h2>",
        _assumed(report),
    ]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _of(size: Size) -> str:
    return f"{terminal.number(size.users)} users: {terminal.usd(size.total)}"


def _costs(report: Report) -> str:
    services = list(dict.fromkeys(s for size in report.sizes for s in size.by_service))
    rows = [["a month", *(f"{terminal.number(s.users)} users" for s in report.sizes)]]
    rows += [[s, *(terminal.usd(size.by_service.get(s, 0)) for size in report.sizes)] for s in services]
    rows.append(["total", *(terminal.usd(size.total) for size in report.sizes)])
    return _table(rows)


def _limits(report: Report) -> str:
    by_quota = [{m.quota: m for m in size.met} for size in report.sizes]
    rows = [["limit", "", *(f"use at × {f}" for f in FACTORS), "remedy", "source"]]
    for met in report.sizes[0].met:
        uses = [f"{sizes[met.quota].share:.0%}" for sizes in by_quota]
        rows.append([met.quota.name, terminal.number(met.quota.limit), *uses, met.quota.remedy, met.quota.source])
    return _table(rows)


def _assumed(report: Report) -> str:
    return _table([["assumption", "value"], *([name, f"{getattr(report.assumptions, name):g}"]
                  for name in report.assumptions.__struct_fields__)])  # fmt: skip


def _table(rows: list[list[str]]) -> str:
    head, *others = rows
    lines = [f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in others]
    return f"<table>{''.join(lines)}</table>"
