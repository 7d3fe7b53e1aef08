"""Everything that is reported for one set of assumptions, as values: for the terminal, and for a page."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from infra.capacity import demand, quotas, scenario
from infra.capacity.demand import Assumptions
from infra.capacity.figures import Figures
from infra.capacity.prices import Prices
from infra.capacity.quotas import Met, Quota

FACTORS = (1, 10, 100)


class Size(Struct, frozen=True):
    """The same kind of users, but more of them."""

    users: float
    by_service: dict[str, float]
    """US dollars per month."""
    total: float
    met: tuple[Met, ...]
    """Every quota, the first to be reached first."""

    @property
    def to_raise(self) -> list[Met]:
        """The quotas that are too low for this size."""
        return [m for m in self.met if m.share > 1]


class Report(Struct, frozen=True):
    """Sizes by ``FACTORS``, and the support-chat scenario."""

    assumptions: Assumptions
    sizes: tuple[Size, ...]
    support: scenario.Support
    usd_per_million: float
    origin: str
    """Where the figures per message come from."""
    prices_of: str
    """The date and Region of the prices."""


def make(assumptions: Assumptions, figures: Figures, prices: Prices, limits: Sequence[Quota]) -> Report:
    """Work everything out."""
    return Report(
        assumptions=assumptions,
        sizes=tuple(
            _size(replace(assumptions, users=assumptions.users * factor), figures, prices, limits) for factor in FACTORS
        ),
        support=scenario.price(figures, prices),
        usd_per_million=prices.marginal(figures.dm) * 1e6,
        origin=figures.origin,
        prices_of=f"{prices.region}, {prices.date}",
    )


def _size(assumptions: Assumptions, figures: Figures, prices: Prices, limits: Sequence[Quota]) -> Size:
    usage = demand.month(assumptions, figures)
    return Size(
        users=assumptions.users,
        by_service=prices.by_service(usage),
        total=prices.total(usage),
        met=tuple(quotas.met(demand.rates(assumptions, figures), assumptions.users, limits)),
    )
