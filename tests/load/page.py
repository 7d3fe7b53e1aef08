"""A run as a page to look at: what came out, and charts of delays, rates and sockets over time, with the faults."""

import math
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from string import Template

from msgspec import Struct

from tests.load.report import CAVEAT, Mark, Outcome, rows
from tests.load.timeline import Slice

_TEMPLATE = Path(__file__).with_name("page.html")
_WIDTH, _HEIGHT = 960, 220
_LEFT, _TOP, _BOTTOM = 64, 12, 28
_SHOWN = 50
_TICKS = 5


class _Line(Struct, frozen=True):
    """One line of a chart. ``value`` returns None where there is nothing to draw."""

    name: str
    color: str
    value: Callable[[Slice], float | None]


class _Axis(Struct, frozen=True):
    """A vertical axis: where a value lies on it (0 at the bottom, 1 at the top), and which values are labelled."""

    share: Callable[[float], float]
    ticks: Sequence[float]


def write(outcome: Outcome, path: Path) -> None:
    """Write the page, which needs no other file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(outcome), encoding="utf-8")


def page(outcome: Outcome) -> str:
    """Return the page as HTML."""
    timeline, marks = outcome.timeline, outcome.marks
    delays = [
        _Line("to the ack, p50", "a", lambda s: s.ack_ms.get("p50")),
        _Line("p95", "a faint", lambda s: s.ack_ms.get("p95")),
        _Line("to the other's device, p50", "b", lambda s: s.received_ms.get("p50")),
        _Line("p95", "b faint", lambda s: s.received_ms.get("p95")),
    ]
    rates = [
        _Line("written", "b", lambda s: s.written / s.seconds),
        _Line("acknowledged", "a", lambda s: s.acked / s.seconds),
    ]
    sockets = [_Line("live sockets", "a", lambda s: s.live)]
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        verdict=escape(outcome.verdict),
        state="good" if outcome.good else "bad",
        rows="".join(f"<tr><th>{escape(n)}</th><td>{escape(v)}</td></tr>" for n, v in rows(outcome)),
        delays=_chart("Delay, ms", timeline, marks, delays, _logarithmic(_values(timeline, delays))),
        rates=_chart("Messages a second", timeline, marks, rates, _linear(_values(timeline, rates))),
        sockets=_chart("Live sockets", timeline, marks, sockets, _linear(_values(timeline, sockets))),
        faults="".join(f"<li><b>{m.at:.0f} s</b> {escape(m.text)}</li>" for m in marks) or "<li>none</li>",
        findings="".join(f"<li>{escape(str(f))}</li>" for f in outcome.findings[:_SHOWN]) or "<li>none</li>",
        caveat=escape(CAVEAT),
    )


def _values(timeline: Sequence[Slice], lines: Sequence[_Line]) -> list[float]:
    found = (line.value(s) for line in lines for s in timeline)
    return [value for value in found if value is not None]


def _linear(values: Sequence[float]) -> _Axis:
    step = _round_up(max(values, default=1) / (_TICKS - 1))
    top = step * max(math.ceil(max(values, default=1) / step), 1)
    return _Axis(lambda value: value / top, [step * n for n in range(round(top / step) + 1)])


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50 … at or above a value."""
    power = 10 ** math.floor(math.log10(value)) if value > 0 else 1
    return next(power * n for n in (1, 2, 5, 10) if power * n >= value)


def _logarithmic(values: Sequence[float]) -> _Axis:
    shown = [max(value, 1.0) for value in values]
    low, high = (math.floor(math.log10(min(shown, default=1))), math.ceil(math.log10(max(shown, default=10))))
    high = max(high, low + 1)
    return _Axis(
        lambda value: (math.log10(max(value, 10**low)) - low) / (high - low), [10**n for n in range(low, high + 1)]
    )


def _chart(title: str, timeline: Sequence[Slice], marks: Sequence[Mark], lines: Sequence[_Line], axis: _Axis) -> str:
    if not timeline:
        return f"<figure><figcaption>{escape(title)}</figcaption><p>Nothing was measured.</p></figure>"
    end = timeline[-1].at + timeline[-1].seconds

    def x(at: float) -> float:
        return _LEFT + at / end * (_WIDTH - _LEFT - 8)

    def y(value: float) -> float:
        return _TOP + (1 - axis.share(value)) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y(v):.1f}" y2="{y(v):.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{y(v) + 4:.1f}" text-anchor="end">{v:,g}</text>'
        for v in axis.ticks
    ]
    every = _round_up(end / 10)
    parts += [
        f'<text x="{x(n * every):.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{n * every:g} s</text>'
        for n in range(int(end / every) + 1)
    ]
    parts += [
        f'<g class="fault"><line x1="{x(m.at):.1f}" x2="{x(m.at):.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/>'
        f'<rect x="{x(m.at) - 5:.1f}" width="10" y="{_TOP}" height="{_HEIGHT - _TOP - _BOTTOM}"/>'
        f"<title>{m.at:.0f} s: {escape(m.text)}</title></g>"
        for m in marks
    ]
    parts += [_drawn(line, timeline, x, y) for line in lines]
    legend = "".join(f'<span class="{line.color}">{escape(line.name)}</span>' for line in lines)
    return (
        f"<figure><figcaption>{escape(title)}<small>{legend}</small></figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg></figure>'
    )


def _drawn(line: _Line, timeline: Sequence[Slice], x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """A line with a gap where there is no value, and a point with the exact figures in each slice."""
    runs: list[list[str]] = [[]]
    points = ""
    for piece in timeline:
        value = line.value(piece)
        if value is None:
            runs.append([])
            continue
        at = piece.at + piece.seconds / 2
        runs[-1].append(f"{x(at):.1f},{y(value):.1f}")
        points += (
            f'<circle cx="{x(at):.1f}" cy="{y(value):.1f}" r="2.5">'
            f"<title>{escape(line.name)} at {piece.at:g} s: {value:,.0f}</title></circle>"
        )
    # A run of one point is drawn to itself, which shows as a dot.
    drawn = "".join(f'<polyline points="{" ".join(run * 2 if len(run) == 1 else run)}"/>' for run in runs if run)
    return f'<g class="{line.color}">{drawn}{points}</g>'
