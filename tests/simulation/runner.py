"""Runs many seeds on several processes."""

import gc
import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.simulate import Result, simulate

_CHUNK = 4
"""Seeds handed to a process at a time."""
_MOST = 2 * (os.cpu_count() or 1)
"""Processes: more would only wait for each other, and thousands would never begin."""


@dataclass
class Tally:
    """How many seeds were run, which failed, and what came up how often."""

    seeds: int = 0
    failed: list[Result] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Take a seed's result."""
        self.seeds += 1
        self.counts.update(result.counts)
        if result.wrong:
            self.failed.append(result)


def run(seeds: Sequence[int], processes: int = 2, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Run the seeds on so many processes, or fewer where more are no use; ``progress`` is called after each.

    Failures are in the order of their seeds.
    """
    tally = Tally()
    processes = min(processes, len(seeds), _MOST)
    with ProcessPoolExecutor(processes, initializer=gc.freeze) as pool:  # what is imported is not looked through again
        try:
            for result in pool.map(simulate, seeds, chunksize=_CHUNK):
                tally.add(result)
                progress(tally)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return tally
