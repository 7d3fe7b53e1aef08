"""What one user may ask for in a while, whatever it is: a budget in the memory of the process that serves them.

It costs no call. Each execution environment of a function keeps its own, and starts with none spent, so the budget of a
user who is served by n of them at once is n times as large (docs/operations.md, "What one user can do").
"""

from collections import OrderedDict

from parley.core.errors import RateLimited

MOST_USERS = 10_000
"""The most users that are remembered, the most recent ones. At 200 bytes each, this is 2 MB."""


class Budget:
    """Tokens by user. They are spent by what is asked for, and come back with time."""

    def __init__(self, burst: int = 100, per_second: int = 20) -> None:
        """Args:
        burst: the most tokens that a user may have.
        per_second: how many come back in a second.
        """
        self._burst = burst
        self._per_ms = per_second / 1_000
        self._held: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def spend(self, user: str, tokens: int, now: int) -> None:
        """Take tokens from a user's budget at ``now`` (ms). More than a whole budget costs a whole budget.

        Raises:
            RateLimited: there are too few left. Nothing is taken.
        """
        held, at = self._held.pop(user, (float(self._burst), now))
        held = min(held + max(now - at, 0) * self._per_ms, self._burst)
        wanted = min(tokens, self._burst)
        enough = held >= wanted
        self._held[user] = (held - wanted if enough else held, max(now, at))
        if len(self._held) > MOST_USERS:
            self._held.popitem(last=False)
        if not enough:
            raise RateLimited("too many requests", retry_after=(wanted - held) / self._per_ms / 1_000)
