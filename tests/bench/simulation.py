"""How many runs of the simulation two cores complete per second, from CPU time, so that other load does not matter."""

import resource

from tests.simulation.runner import run

_SEEDS = 100
_CORES = 2


def measure() -> dict[str, float]:
    """Return ``simulation.seeds_per_s``."""
    before = _cpu()
    tally = run(range(_SEEDS), _CORES)
    if tally.failed:
        raise RuntimeError(f"seed {tally.failed[0].seed} has failed: {tally.failed[0].wrong[0]}")
    return {"simulation.seeds_per_s": _SEEDS * _CORES / (_cpu() - before)}


def _cpu() -> float:
    """Return the CPU seconds of this process's children. Those of a pool have ended by the time the pool is left."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
