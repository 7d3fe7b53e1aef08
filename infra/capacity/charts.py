"""Charts as SVG, made from numbers, without scripts or anything that has to be fetched."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from msgspec import Struct

_WIDTH, _ROW, _LABEL, _VALUE = 860, 30, 330, 130
COLOURS = ("#3366aa", "#dd8844", "#559944", "#aa4466", "#8866bb", "#888888", "#bbaa33", "#44aaaa")


class Bar(Struct, frozen=True):
    """A bar of length ``value``, with the text beside it, and whether it deserves attention."""

    label: str
    value: float
    beside: str
    loud: bool = False


def stacked(rows: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """Draw one bar per row, all of the same length, divided by the shares of its parts."""
    names = list(dict.fromkeys(name for _, parts in rows for name in parts))
    colours = {name: COLOURS[n % len(COLOURS)] for n, name in enumerate(names)}
    length = _WIDTH - _LABEL
    drawn = []
    for n, (label, parts) in enumerate(rows):
        total, x = sum(parts.values()) or 1.0, float(_LABEL)
        drawn.append(_text(label, n))
        for name, value in parts.items():
            width = length * value / total
            title = f"<title>{escape(name)}: {value / total:.0%}</title>"
            drawn.append(_rect(x, n, width, colours[name], title))
            x += width
    for n, name in enumerate(names):
        x, row = 10 + n % 4 * 210, len(rows) + n // 4
        drawn.append(_rect(x, row, 14, colours[name], "", height=14))
        drawn.append(_text(name, row, x + 20))
    return _svg(drawn, len(rows) + math.ceil(len(names) / 4))


def logarithmic(bars: Sequence[Bar], mark: float) -> str:
    """Draw bars on a logarithmic scale, and a line at ``mark``."""
    finite = [b.value for b in bars if 0 < b.value < math.inf] or [mark]
    low, high = math.log10(min(*finite, mark)) - 0.3, math.log10(max(*finite, mark)) + 0.1
    length = _WIDTH - _LABEL - _VALUE

    def x(value: float) -> float:
        if value <= 0:
            return float(_LABEL)
        return _LABEL + length * min(max((math.log10(value) - low) / (high - low), 0.0), 1.0)

    drawn = []
    for n, bar in enumerate(bars):
        end = x(bar.value) if bar.value < math.inf else float(_LABEL + length)
        drawn.append(_text(bar.label, n))
        drawn.append(_rect(_LABEL, n, end - _LABEL, COLOURS[3] if bar.loud else COLOURS[0], ""))
        drawn.append(_text(bar.beside, n, end + 6))
    line = x(mark)
    drawn.append(f'<line x1="{line:.1f}" y1="0" x2="{line:.1f}" y2="{len(bars) * _ROW}" stroke="currentColor"/>')
    return _svg(drawn, len(bars))


def _rect(x: float, row: int, width: float, colour: str, inside: str, height: int = 20) -> str:
    return (
        f'<rect x="{x:.1f}" y="{row * _ROW + 5}" width="{max(width, 0):.1f}" height="{height}" fill="{colour}">'
        f"{inside}</rect>"
    )


def _text(text: str, row: int, x: float = 0) -> str:
    return f'<text x="{x:.1f}" y="{row * _ROW + 19}">{escape(text)}</text>'


def _svg(drawn: Sequence[str], rows: int) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {rows * _ROW + 6}" role="img">{"".join(drawn)}</svg>'
