"""Each promise, broken on purpose, is seen to be broken."""

import pytest

from tests.simulation import drills
from tests.simulation.mutations import DRILLED, MUTATIONS
from tests.simulation.simulate import simulate

SEEDS = 300


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_promise_is_caught(mutation: str):
    with MUTATIONS[mutation]():
        assert any(simulate(seed).wrong for seed in range(SEEDS))


@pytest.mark.parametrize("mutation", DRILLED)
def test_a_broken_promise_is_caught_by_its_drill(mutation: str):
    drill, broken = DRILLED[mutation]
    with broken():
        assert any(simulate(seed).wrong for seed in range(SEEDS) if drill in drills.chosen(seed))
