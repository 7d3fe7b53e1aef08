"""Sending into a log of 10 entries against one of 100,000: the function's CPU, and the calls that it makes.

Rounds take turns in one process, answered within it instead of over the network. The result is the median of their
ratios.
"""

import statistics
import time

from tests.bench.scene import Scene, scene
from tests.bench.wire import ALICE, BOB, Wire

_LOGS = {f"dm:{ALICE}:{BOB}": 10, f"dm:{ALICE}:{BOB}-long": 100_000}
_ROUNDS = 25
_SENDS = 40


def measure() -> dict[str, float]:
    """Return ``history_growth.cpu_ratio`` (long over short), and whether both make the same calls (1 for yes)."""
    with scene() as s:
        wire = Wire(_LOGS)
        wire.upsert_user(f"{BOB}-long")
        wire.add_connection(s.dynamodb, s.gateway)
        rounds = [[_cpu(s, name) for name in _LOGS] for _ in range(_ROUNDS)]
        s.observe()
        short, long = (_calls(s, name) for name in _LOGS)
    return {
        "history_growth.cpu_ratio": statistics.median(after / before for before, after in rounds),
        "history_growth.calls_equal": float(short == long),
    }


def _calls(s: Scene, conversation: str) -> list[str]:
    s.calls.clear()
    s.send(_LOGS[conversation], conversation)
    return sorted(c.name for c in s.calls)


def _cpu(s: Scene, conversation: str) -> float:
    began = time.process_time()
    for _ in range(_SENDS):
        s.send(_LOGS[conversation], conversation)
    return time.process_time() - began
