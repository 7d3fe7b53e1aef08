import pytest

from parley.core import budget
from parley.core.budget import Budget
from parley.core.errors import RateLimited


def spent(held: Budget, user: str, tokens: int, now: int) -> float:
    """How long to wait, in seconds; 0 if the tokens are taken."""
    try:
        held.spend(user, tokens, now)
    except RateLimited as refusal:
        return refusal.retry_after or -1
    return 0


def test_a_burst_is_allowed_and_then_so_much_a_second():
    held = Budget(burst=10, per_second=2)
    assert [spent(held, "a", 1, 0) for _ in range(11)] == [0] * 10 + [0.5]
    assert spent(held, "a", 1, 499) == pytest.approx(0.001)
    assert spent(held, "a", 1, 500) == 0
    assert spent(held, "a", 1, 500) == 0.5


def test_what_is_refused_costs_nothing_and_nobody_waits_in_vain():
    held = Budget(burst=10, per_second=2)
    held.spend("a", 8, 0)
    assert [spent(held, "a", 4, 0) for _ in range(3)] == [1, 1, 1]
    assert spent(held, "a", 4, 1_000) == 0


def test_no_more_than_a_burst_is_saved_up():
    held = Budget(burst=3, per_second=1)
    held.spend("a", 1, 0)
    assert [spent(held, "a", 1, 10**9) for _ in range(4)] == [0, 0, 0, 1]


def test_each_user_has_a_budget_of_their_own():
    held = Budget(burst=1, per_second=1)
    held.spend("a", 1, 0)
    assert spent(held, "b", 1, 0) == 0


def test_what_costs_more_than_there_can_be_takes_everything():
    held = Budget(burst=3, per_second=1)
    assert spent(held, "a", 99, 0) == 0
    assert spent(held, "a", 1, 0) == 1


def test_a_clock_that_goes_back_gives_nothing():
    held = Budget(burst=1, per_second=1)
    held.spend("a", 1, 10_000)
    assert spent(held, "a", 1, 5_000) == 1
    assert spent(held, "a", 1, 10_500) == 0.5


def test_the_users_served_last_are_remembered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(budget, "MOST_USERS", 2)
    held = Budget(burst=1, per_second=1)
    for user in ("a", "b", "a", "c"):
        spent(held, user, 1, 0)
    assert (spent(held, "a", 1, 0), spent(held, "c", 1, 0)) == (1, 1)
    assert spent(held, "b", 1, 0) == 0
