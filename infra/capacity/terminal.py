"""The report as text."""

import math

from infra.capacity import scenario
from infra.capacity.report import FACTORS, Report

_WIDE = 52


def text(report: Report) -> str:
    """Return tables for a terminal of 110 columns."""
    return "\n".join([*_head(report), "", *_costs(report), "", *_quotas(report), "", *_support(report)])


def number(value: float) -> str:
    """Format a number in short form: 950, 12,300, 4.1 M, ∞."""
    if value == math.inf:
        return "∞"
    if value >= 1e6:
        return f"{value / 1e6:,.1f} M"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def usd(value: float) -> str:
    """Format an amount in whole dollars, but with cents if it is small."""
    return f"${value:,.0f}" if value >= 100 else f"${value:,.2f}"


def _head(report: Report) -> list[str]:
    a = report.assumptions
    return [
        f"{number(a.users)} users, {a.online:.0%} online, {a.messages:g} messages a user and day, "
        f"{a.offline:.0%} of them to who is offline,",
        f"{a.devices:g} devices, {a.sessions:g} sessions a day, peak {a.peak:g} × the average, "
        f"{a.media:g} files of {a.media_mb:g} MB a day, kept {a.keep_months:g} months",
        f"Figures per message: {report.origin}.",
        f"Prices: {report.prices_of}; no free tiers but Cognito's and CloudFront's.",
    ]


def _costs(report: Report) -> list[str]:
    services = list(dict.fromkeys(s for size in reversed(report.sizes) for s in size.by_service))
    rows = [f"{'a month, at':<{_WIDE}}" + "".join(f"{number(s.users) + ' users':>17}" for s in report.sizes)]
    rows += [
        f"  {service:<{_WIDE - 2}}" + "".join(f"{usd(s.by_service.get(service, 0)):>17}" for s in report.sizes)
        for service in services
    ]
    rows.append(f"  {'total':<{_WIDE - 2}}" + "".join(f"{usd(s.total):>17}" for s in report.sizes))
    each = "".join(f"{'$' + format(s.total / s.users, '.4f'):>17}" for s in report.sizes)
    rows.append(f"  {'for each user':<{_WIDE - 2}}{each}")
    rows.append(f"  A direct message's whole life, live: {usd(report.usd_per_million)} a million.")
    return rows


def _quotas(report: Report) -> list[str]:
    first = report.sizes[0].met[0]
    reached = f"{first.quota.name} ({number(first.quota.limit)}), at {number(first.users)} users ({first.quota.remedy})"
    rows = [
        f"First limit: {reached if first.users < math.inf else 'none, since nothing is used'}.",
        "",
        f"{'limit, and use of it at the busiest time':<{_WIDE}}{'limit':>9}"
        + "".join(f"{'× ' + str(f):>11}" for f in FACTORS)
        + f"{'met at users':>14}",
    ]
    by_name = [{m.quota: m for m in size.met} for size in report.sizes]
    for met in report.sizes[0].met:
        shares = "".join(f"{_share(sizes[met.quota].share):>11}" for sizes in by_name)
        rows.append(f"  {met.quota.name:<{_WIDE - 2}}{number(met.quota.limit):>9}{shares}{number(met.users):>14}")
    rows.append("  ! to be raised before launch at this size. A new table's own limit doubles with use, in 30 minutes.")
    rows += _storm(report)
    for factor, size in zip(FACTORS, report.sizes, strict=True):
        rows.append(f"Before launch at × {factor}{':' if size.to_raise else ' nothing has to be raised.'}")
        rows += [f"  {m.quota.name}, to {number(m.asked)}: {m.quota.remedy}" for m in size.to_raise]
    return rows


def _storm(report: Report) -> list[str]:
    rows = []
    for factor, size in zip(FACTORS, report.sizes, strict=True):
        met = next(m for m in size.met if m.quota.rate == "storm_connects")
        seconds = report.assumptions.storm_s * met.share
        rows.append(f"If all are cut off at × {factor}, the last is back after {number(seconds)} s by today's quota.")
    return rows


def _share(share: float) -> str:
    return f"{'! ' if share > 1 else ''}{share:.0%}" if share < 100 else f"! {share:,.0f} ×"


def _support(report: Report) -> list[str]:
    s = report.support
    return [
        f"Support chat, {scenario.CHATS:,} chats of {scenario.MINUTES} minutes a month, "
        f"{scenario.MESSAGES} messages each:",
        f"  here {usd(s.total)} = messages {usd(s.messages)} (delivery, mark, receipt, notifier, a month's storage)",
        f"  + sessions {usd(s.sessions)} + being online {usd(s.online)}",
        f"  a rival's published figure: {usd(scenario.RIVAL_USD)}; what of a message's life it covers is not said",
    ]
