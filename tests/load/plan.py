"""Who takes part: pairs of a consumer and a provider with one or two devices each, who also talk across pairs."""

from collections.abc import Sequence

from msgspec import Struct

from parley.core.session import Role

_DEVICES = ((1, 1), (2, 1), (1, 1), (1, 2))
# Devices of a pair's consumer and provider, in rotation. Every fourth user has a second device.


class Person(Struct, frozen=True):
    """Somebody to be created. ``others`` are the numbers of the people they talk with."""

    number: int
    role: Role
    devices: int
    others: tuple[int, ...]


def people(sockets: int) -> list[Person]:
    """Return enough people for exactly this many sockets (at least 2). Consumers are even numbers, providers odd ones.

    Consumer *n* talks with the provider of their own pair and with that of the next, so that everybody is in two
    conversations (if there is a second pair). A sync is then about more than one.
    """
    pairs: list[list[int]] = []
    left = sockets
    while left >= 2:
        consumer, provider = _DEVICES[len(pairs) % len(_DEVICES)]
        consumer = min(consumer, left - 1)
        provider = min(provider, left - consumer)
        pairs.append([consumer, provider])
        left -= consumer + provider
    pairs[-1][1] += left
    found: list[Person] = []
    for n, (consumer, provider) in enumerate(pairs):
        ahead, behind = (n + 1) % len(pairs), (n - 1) % len(pairs)
        found.append(Person(2 * n, "consumer", consumer, tuple(sorted({2 * n + 1, 2 * ahead + 1}))))
        found.append(Person(2 * n + 1, "provider", provider, tuple(sorted({2 * n, 2 * behind}))))
    return found


def shares(total: int, sizes: Sequence[int]) -> list[int]:
    """Divide ``total`` into whole parts, in proportion to ``sizes``."""
    whole = sum(sizes)
    ends = [total * sum(sizes[: n + 1]) // whole for n in range(len(sizes))]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
