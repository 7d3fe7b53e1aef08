"""Runs many seeds in several processes."""

import gc
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.simulate import Result, simulate

_SPACE = 1_000_000
"""How far apart the seeds of two seconds are, so that no two runs have a seed in common."""
_CHUNK = 4
"""The number of seeds given to a process at a time."""
_MOST = 2 * (os.cpu_count() or 1)
"""The most processes. More would only wait for each other, and thousands would never start."""


def fresh() -> int:
    """Return a seed from the clock: the first of a range that nobody has run."""
    return int(time.time()) * _SPACE


@dataclass
class Tally:
    """How many seeds were run, which ones failed, and how often each thing came up."""

    seeds: int = 0
    failed: list[Result] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Add a seed's result."""
        self.seeds += 1
        self.counts.update(result.counts)
        if result.wrong:
            self.failed.append(result)


def run(seeds: Sequence[int], processes: int = 2, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Run the seeds in this many processes, or fewer if more are of no use. ``progress`` is called after each seed.

    Failures are in the order of their seeds.
    """
    tally = Tally()
    processes = min(processes, len(seeds), _MOST)
    with ProcessPoolExecutor(processes, initializer=gc.freeze) as pool:  # the collector then skips what is imported
        try:
            for result in pool.map(simulate, seeds, chunksize=_CHUNK):
                tally.add(result)
                progress(tally)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return tally
