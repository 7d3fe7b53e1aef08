"""How many runs of the simulation this machine does in a second, on two processes."""

import time

from tests.simulation.runner import run

_SEEDS = 100


def measure() -> dict[str, float]:
    """``simulation.seeds_per_s``."""
    began = time.monotonic()
    tally = run(range(_SEEDS))
    if tally.failed:
        raise RuntimeError(f"seed {tally.failed[0].seed} has failed: {tally.failed[0].wrong[0]}")
    return {"simulation.seeds_per_s": _SEEDS / (time.monotonic() - began)}
