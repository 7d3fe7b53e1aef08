"""Every promise holds in 300 runs in which everything that can go wrong does, and a run can be repeated exactly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import drills, mutations
from tests.simulation.runner import Tally, fresh, run
from tests.simulation.simulate import simulate

SEEDS = 300
KNOWN = (1000045, 1000369, 7121480, 7122650, 9316205, 20000652, 20000860, 30000028, 30001923)
"""Seeds that have found faults. A change of the drills changes what a seed does, so they prove little by now."""
COMES_UP = (
    "dies",
    "times out",
    "throttled",
    "answer lost",
    "stale reads",
    "lost",
    "doubled",
    "late",
    "stuck",
    "cut",
    "turned_away",
    "no_token",
    "dead sockets",
    "closed for being idle",
    "closed for its age",
    "$disconnect never comes",
    "late_goodbye",
    "410",
    "429",
    "close fails",
    "stream_late",
    "stream answer lost",
    "batches doubled",
    "batches halved",
    "batches done in part",
    "app crashes",
    "crashes",
    "seeds on files",
    "blocks",
    "unblocks",
    "rows counted",
    "races for a slot",
    "Repeats",
    "Conflicts",
    "push done",
    "push gone",
    "push put off",
    "refused: blocked",
    "refused: forbidden",
    "refused: bad_request",
    "refused: rate_limited",
    "refused: token_expired",
    "refused: conflict",
    "token refused at the upgrade",
    *(f"drill: {name}" for name in drills.DRILLS),
)
"""What the promises are tested against. A fault that never befell anybody would prove nothing."""


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run(range(SEEDS))


def test_every_promise_holds(tally: Tally):
    failed = [f"make simulate SEED={r.seed}: {r.wrong[0]}" for r in tally.failed]
    assert not failed


def test_every_promise_holds_on_seeds_that_nobody_has_run():
    first = int(os.environ.get("FIRST") or fresh())
    failed = [f"make simulate SEED={r.seed}: {r.wrong[0]}" for r in run(range(first, first + SEEDS)).failed]
    assert not failed, f"to repeat all of them: make test FIRST={first}"


@pytest.mark.parametrize("seed", KNOWN)
def test_a_seed_that_has_once_found_a_fault_finds_none(seed: int):
    assert not simulate(seed).wrong


@pytest.mark.parametrize("what", COMES_UP)
def test_it_comes_up(tally: Tally, what: str):
    assert tally.counts[what]


def test_no_more_processes_are_begun_than_are_of_use():
    assert run(range(2), processes=100_000).seeds == 2


def _in_another_process(seed: int, hash_seed: str) -> str:
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", str(seed)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f".{os.pathsep}clients/python"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout


@pytest.mark.parametrize("seed", [1, 12])
def test_a_seed_tells_the_same_story_whatever_the_hashes_are(seed: int):
    story = _in_another_process(seed, "1")
    assert story.count("\n") > 20
    assert story == _in_another_process(seed, "2")


def test_a_failing_seed_tells_a_short_story_of_what_is_broken_and_how_to_see_it_again():
    with mutations.MUTATIONS["1 durable: the put has no condition"]():
        failed = next(r for r in map(simulate, range(100)) if r.wrong)
        told = simulate(failed.seed, keep_story=True)
    assert told.wrong == failed.wrong
    assert told.counts == failed.counts
    assert 2 < len(told.story) < 60
    assert told.wrong[0] in told.story[-1]
