"""AWS's prices, from one dated file, and what a given usage costs at these prices.

The first tiers were compared with their sources on the file's date. The higher tiers, which only large sizes reach, and
the prices of Cognito, tables and backups were not. Compare them before you base a budget on them.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from infra.capacity.usage import Usage

FILE = Path(__file__).with_name("prices.json")


class Tier(Struct, frozen=True, forbid_unknown_fields=True):
    """A price per ``per`` units, for what lies below ``up_to`` units a month and above the previous tier."""

    usd: float
    up_to: float = float("inf")


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """The price of one of the quantities in ``Usage``."""

    service: str
    unit: str
    per: float
    tiers: tuple[Tier, ...]
    source: str

    def of(self, quantity: float) -> float:
        """Return the cost in US dollars of this quantity in a month."""
        total, below = 0.0, 0.0
        for tier in self.tiers:
            total += max(min(quantity, tier.up_to) - below, 0.0) * tier.usd / self.per
            below = tier.up_to
        return total


class Prices(Struct, frozen=True, forbid_unknown_fields=True):
    """All prices, in one Region, as they were on one day."""

    date: str
    region: str
    prices: dict[str, Price]

    def bill(self, usage: Usage) -> dict[str, float]:
        """Return US dollars by quantity, without those that cost nothing."""
        lines = {name: self.prices[name].of(quantity) for name, quantity in asdict(usage).items()}
        return {name: usd for name, usd in lines.items() if usd}

    def by_service(self, usage: Usage) -> dict[str, float]:
        """Return US dollars by AWS service, the most expensive first."""
        totals: dict[str, float] = {}
        for name, usd in self.bill(usage).items():
            service = self.prices[name].service
            totals[service] = totals.get(service, 0.0) + usd
        return dict(sorted(totals.items(), key=lambda total: -total[1]))

    def total(self, usage: Usage) -> float:
        """Return the total in US dollars."""
        return sum(self.bill(usage).values())

    def marginal(self, usage: Usage) -> float:
        """Return US dollars at each price's first tier that is not free: the cost of a small share of a month's
        usage.
        """
        rates = {name: next(t.usd for t in p.tiers if t.usd) / p.per for name, p in self.prices.items()}
        return _total(asdict(usage), rates)


def _total(quantities: Mapping[str, float], rates: Mapping[str, float]) -> float:
    return sum(quantity * rates[name] for name, quantity in quantities.items())


def load() -> Prices:
    """Return the prices that are shipped."""
    return msgspec.json.decode(FILE.read_bytes(), type=Prices)
