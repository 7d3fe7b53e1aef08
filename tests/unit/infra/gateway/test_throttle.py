"""Token buckets let through as many at once as the burst, and then at the rate."""

import pytest

from infra.local.gateway.throttle import Bucket, Rate, Throttle


def test_a_burst_is_taken_at_once_and_then_the_rate():
    bucket = Bucket(Rate(2.0, 3), now=10.0)
    assert [bucket.take(10.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(at) for at in (10.4, 10.5, 10.6, 11.0)] == [False, True, False, True]


def test_a_bucket_never_holds_more_than_the_burst():
    bucket = Bucket(Rate(100.0, 2), now=0.0)
    assert [bucket.take(1000.0) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(("route", "allowed"), [("own", 1), ("other", 2)])
def test_a_route_has_its_own_settings_or_the_default_ones(route: str, allowed: int):
    throttle = Throttle({"": Rate(0.001, 2), "own": Rate(0.001, 1)})
    assert sum(throttle.take(route, 0.0) for _ in range(5)) == allowed


def test_routes_do_not_share_their_tokens():
    throttle = Throttle({"": Rate(0.001, 1)})
    assert [throttle.take(route, 0.0) for route in ("a", "b", "a")] == [True, True, False]


def test_without_a_rate_nothing_is_refused():
    assert all(Throttle({}).take("a", 0.0) for _ in range(10_000))
