"""Runs many seeds in several processes."""

import gc
import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.simulate import Result, simulate

_CHUNK = 4
"""The number of seeds given to a process at a time."""
_MOST = 2 * (os.cpu_count() or 1)
"""The most processes. More would only wait for each other, and thousands would never start."""


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
