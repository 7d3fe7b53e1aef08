"""Token buckets, as API Gateway throttles routes.

Source: "Protect your WebSocket APIs in API Gateway" in the developer guide. Each request takes a token. Tokens are
refilled at the rate, up to the burst. A route's own settings replace the stage's default ones.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Rate(NamedTuple):
    """Requests per second, and how many at once."""

    rate: float
    burst: int


class Bucket:
    """One route's tokens. It starts full."""

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = float(rate.burst)
        self._at = now

    def take(self, now: float) -> bool:
        """Take a token, and return whether there was one. ``now`` is in seconds, from a monotonic clock."""
        self._tokens = min(self._rate.burst, self._tokens + (now - self._at) * self._rate.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttle:
    """One stage's buckets, one for each route. A route without a rate is never refused."""

    def __init__(self, rates: Mapping[str, Rate]) -> None:
        self._rates = rates
        self._buckets: dict[str, Bucket] = {}

    def take(self, route: str, now: float) -> bool:
        """Return whether this route may be called now."""
        bucket = self._buckets.get(route)
        if bucket is None:
            rate = self._rates.get(route) or self._rates.get("")
            if rate is None:
                return True
            bucket = self._buckets[route] = Bucket(rate, now)
        return bucket.take(now)
