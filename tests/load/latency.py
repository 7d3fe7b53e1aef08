"""Delays in summary: the values that given percentages of all delays do not exceed."""

from collections.abc import Sequence

SHARES = (50, 95, 99)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return ``{"p50": …, "p95": …, "p99": …, "max": …}`` by nearest rank, in the values' unit. Empty for none."""
    ordered = sorted(values)
    if not ordered:
        return {}
    ranks = {f"p{share}": ordered[max(-(-share * len(ordered) // 100) - 1, 0)] for share in SHARES}
    return ranks | {"max": ordered[-1]}
