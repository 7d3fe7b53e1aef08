"""Runs many seeds on several processes."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.simulate import Result, simulate

_CHUNK = 4
"""Seeds handed to a process at a time."""


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


def run(seeds: Iterable[int], processes: int = 2, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Run the seeds; ``progress`` is called after each. Failures are in the order of their seeds."""
    tally = Tally()
    with ProcessPoolExecutor(processes, initializer=gc.freeze) as pool:  # what is imported is not looked through again
        try:
            for result in pool.map(simulate, seeds, chunksize=_CHUNK):
                tally.add(result)
                progress(tally)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return tally
