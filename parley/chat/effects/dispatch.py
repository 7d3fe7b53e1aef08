"""The one declared order of the effects."""

from collections.abc import Callable, Sequence

from parley.chat.effects import archive_schedule, burst, inbox_order, media_references, redelivery, summary
from parley.chat.effects.settings import DeliveryResult, Ports, Rules
from parley.chat.entries import Entry

AT_ONCE: tuple[Callable[[Sequence[Entry], Ports], None], ...] = (
    summary.advance,
    media_references.add,
    archive_schedule.begin,
)
"""These run once per burst, as soon as it is seen, because the badge of a later push relies on the summary."""


def begin(entries: Sequence[Entry], ports: Ports) -> None:
    """Run the effects that need not wait. The entries (at least one) are of one conversation, in ascending order."""
    for effect in AT_ONCE:
        effect(entries, ports)


def go_on(entries: Sequence[Entry], now: int, ports: Ports, rules: Rules, waited_ms: int = 0) -> DeliveryResult:
    """Run the other effects. If the result has a ``wait_ms``, nothing was done yet; repeat the call after that time.

    ``waited_ms`` is how long the calls before this one have asked to wait, in all.

    Raises:
        Unavailable: some recipients could not be served. All the others have been; the burst may be offered again.
    """
    loaded = burst.load(entries, ports.snapshots)
    result = redelivery.offer(loaded, now, ports, rules, waited_ms)
    if not result.wait_ms:
        # No later than now: a wrong clock must not keep a conversation at the top of the inbox.
        inbox_order.advance(loaded.found.memberships.values(), min(entries[-1].at, now), ports.memberships)
    return result
