"""Each promise is broken on purpose, and the simulation notices."""

import re

import pytest

from tests.simulation import drills
from tests.simulation.mutations import DRILLED, MUTATIONS
from tests.simulation.simulate import simulate

SEEDS = 300


def wrong(seed: int) -> bool:
    """Return whether a promise was broken. A mutation that no longer fits the code, and so crashes, proves nothing."""
    found = simulate(seed).wrong
    assert not any(re.search(r" in \w+\.py, line \d+$", what) for what in found), found
    return bool(found)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_promise_is_caught(mutation: str):
    with MUTATIONS[mutation]():
        assert any(wrong(seed) for seed in range(SEEDS))


@pytest.mark.parametrize("mutation", DRILLED)
def test_a_broken_promise_is_caught_by_its_drill(mutation: str):
    drill, broken = DRILLED[mutation]
    with broken():
        assert any(wrong(seed) for seed in range(SEEDS) if drill in drills.chosen(seed))
