"""Each promise, broken on purpose, is seen to be broken."""

import pytest

from tests.simulation.mutations import MUTATIONS
from tests.simulation.simulate import simulate

SEEDS = 300


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_broken_promise_is_caught(mutation: str):
    with MUTATIONS[mutation]():
        assert any(simulate(seed).wrong for seed in range(SEEDS))
