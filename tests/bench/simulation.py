"""How many runs of the simulation two cores do in a second, from the CPU time that they take: whatever else goes on."""

import resource

from tests.simulation.runner import run

_SEEDS = 100
_CORES = 2


def measure() -> dict[str, float]:
    """``simulation.seeds_per_s``."""
    before = _cpu()
    tally = run(range(_SEEDS), _CORES)
    if tally.failed:
        raise RuntimeError(f"seed {tally.failed[0].seed} has failed: {tally.failed[0].wrong[0]}")
    return {"simulation.seeds_per_s": _SEEDS * _CORES / (_cpu() - before)}


def _cpu() -> float:
    """Seconds that this process's children have used: a pool's have ended when it is left."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
