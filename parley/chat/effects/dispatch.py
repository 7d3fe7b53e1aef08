"""The one declared order of the effects."""

from collections.abc import Callable, Sequence

from parley.chat.effects import burst, inbox_order, media_references, redelivery, summary
from parley.chat.effects.settings import DeliveryResult, Ports, Rules
from parley.chat.entries import Entry

AT_ONCE: tuple[Callable[[Sequence[Entry], Ports], None], ...] = (summary.advance, media_references.add)
"""Run once per burst, as soon as it is seen: a badge that is pushed afterwards counts on the summary."""


def begin(entries: Sequence[Entry], ports: Ports) -> None:
    """Run what need not wait. The entries are one conversation's, ascending, and at least one."""
    for effect in AT_ONCE:
        effect(entries, ports)


def go_on(entries: Sequence[Entry], now: int, ports: Ports, rules: Rules) -> DeliveryResult:
    """Run the others; with ``wait_ms`` in the result, nothing was done yet and the call is repeated after that time.

    Raises:
        Unavailable: some recipient could not be served. All the others have been; the burst may be offered again.
    """
    loaded = burst.load(entries, ports.snapshots)
    result = redelivery.offer(loaded, now, ports, rules)
    if not result.wait_ms:
        inbox_order.advance(loaded.found.memberships.values(), entries[-1].at, ports.memberships)
    return result
