"""A run over time: what happened in each of its equally long slices."""

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from tests.load.latency import percentiles

_SLICES = 120
"""The most slices of a run, so that a chart of them can be read."""

Delay = tuple[float, float]
"""When a delay ended, in seconds from the first message, and how long it was, in milliseconds."""


class Sample(Struct, frozen=True):
    """The state of the run at a time."""

    at: float
    """Seconds from the first message."""
    written: int
    """Messages written so far."""
    live: int
    """Sockets connected and synced."""


class Slice(Struct, frozen=True):
    """One slice of the run. Delays are counted where they end, in milliseconds by percentile."""

    at: float
    """Its beginning, in seconds from the first message."""
    seconds: float
    written: int
    acked: int
    live: int
    """The fewest sockets that were live."""
    ack_ms: Mapping[str, float]
    received_ms: Mapping[str, float]


def slices(samples: Sequence[Sample], acked: Sequence[Delay], received: Sequence[Delay]) -> list[Slice]:
    """Cut a run into slices of a whole number of seconds. Returns none if nothing was sampled."""
    if not samples:
        return []
    end = max([samples[-1].at, *(at for at, _ in acked), *(at for at, _ in received)])
    seconds = max(math.ceil(end / _SLICES), 1)
    number = int(end // seconds) + 1
    acks, copies = _by_slice(acked, seconds, number), _by_slice(received, seconds, number)
    found: list[Slice] = []
    written, live = 0, samples[0].live
    for n in range(number):
        within = [s for s in samples if n * seconds <= s.at < (n + 1) * seconds]
        until = within[-1].written if within else written
        live = min((s.live for s in within), default=live)
        found.append(
            Slice(
                at=n * seconds,
                seconds=seconds,
                written=until - written,
                acked=len(acks[n]),
                live=live,
                ack_ms=percentiles(acks[n]),
                received_ms=percentiles(copies[n]),
            )
        )
        written = until
    return found


def _by_slice(delays: Sequence[Delay], seconds: float, number: int) -> list[list[float]]:
    found: list[list[float]] = [[] for _ in range(number)]
    for at, ms in delays:
        found[min(max(int(at // seconds), 0), number - 1)].append(ms)
    return found
