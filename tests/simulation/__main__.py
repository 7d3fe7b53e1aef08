"""Run seeds of the simulation. The exit status is 0 only if every promise held in all of them.

python -m tests.simulation                # 2,000 seeds that nobody has run, from the clock
python -m tests.simulation --first 0      # seeds 0 to 1,999
python -m tests.simulation --seeds 300
python -m tests.simulation --seed 17      # one of them, with its story
"""

import argparse
import sys
import time
from typing import NoReturn

from tests.simulation.runner import Tally, fresh, run
from tests.simulation.simulate import simulate

_EVERY = 10.0
"""Seconds between lines of progress if there is no terminal."""
_SHOWN = 3
"""The number of failing seeds whose stories are told."""


class _Progress:
    def __init__(self, seeds: int) -> None:
        self._seeds = seeds
        self._live = sys.stderr.isatty()
        self._began = time.monotonic()
        self._next = self._began + _EVERY
        self._start = "\r\x1b[K" if self._live else ""  # go to the beginning of the line, and clear it
        self._failed = 0

    def __call__(self, tally: Tally) -> None:
        now = time.monotonic()
        for result in tally.failed[self._failed :]:
            print(f"{self._start}✗ seed {result.seed}: {result.wrong[0]}", file=sys.stderr, flush=True)
        self._failed = len(tally.failed)
        if now < self._next and tally.seeds < self._seeds:
            return
        self._next = now + (0.2 if self._live else _EVERY)
        rate = tally.seeds / max(now - self._began, 0.001)
        line = f"  {tally.seeds} of {self._seeds} seeds, {len(tally.failed)} failed, {rate:.0f} a second"
        end = "" if self._live and tally.seeds < self._seeds else "\n"
        print(f"{self._start}{line}", end=end, file=sys.stderr, flush=True)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    parser = _Parser(prog="python -m tests.simulation", description="Parley in virtual time.")
    parser.add_argument("--seed", type=_natural, help="replay this one, and tell its story")
    parser.add_argument("--seeds", type=_natural, default=2_000, help="how many to run (2000)")
    parser.add_argument("--first", type=_natural, help="the first of them (from the clock)")
    parser.add_argument("--processes", type=_natural, default=2, help="at most (2)")
    chosen = parser.parse_args(arguments)
    if chosen.seed is not None:
        return _replay(chosen.seed)
    if not chosen.seeds or not chosen.processes:
        parser.error("at least one seed, and one process")
    first = fresh() if chosen.first is None else chosen.first
    seeds = range(first, first + chosen.seeds)
    print(f"Seeds from {first}. To repeat them: make simulate FIRST={first} SEEDS={len(seeds)}", flush=True)
    tally = run(seeds, chosen.processes, _Progress(len(seeds)))
    for result in tally.failed[:_SHOWN]:
        _replay(result.seed)
    if tally.failed:
        print(f"\n{len(tally.failed)} of {tally.seeds} seeds failed: {' '.join(str(r.seed) for r in tally.failed)}")
        return 1
    some = ", ".join(f"{name} {count:,}" for name, count in tally.counts.most_common())
    print(f"All promises held in {tally.seeds} seeds. What came up: {some}.")
    return 0


def _replay(seed: int) -> int:
    result = simulate(seed, keep_story=True)
    if not result.wrong:
        print(f"Seed {seed}: all promises held. What went before the end, for who looks for a fault (a seed that fails")
        print(
            "shows what led to it). A line: seconds of virtual time, whose device or which invocation, what happened."
        )
    print("\n".join(result.story))
    for wrong in result.wrong:
        print(f"\n✗ seed {seed}: {wrong}")
    if result.wrong:
        print(f"  make simulate SEED={seed}")
    return 1 if result.wrong else 0


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"not a number: {text!r}")
    return int(text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
