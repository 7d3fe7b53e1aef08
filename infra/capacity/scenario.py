"""A rival's published scenario as ours: support chat, 250,000 chats of 20 minutes a month, 20 messages each.

Each chat is one socket of a customer, opened for it, and 20 minutes of an agent's, who stays online for many. The app
is open on both sides, so that what arrives is read, and one mark says both.
"""

from msgspec import Struct

from infra.capacity.figures import Figures
from infra.capacity.prices import Prices
from infra.capacity.usage import Usage

CHATS, MINUTES, MESSAGES = 250_000, 20, 20
RIVAL_USD = 52.50
_PING_MINUTES = 4
_AGENT_CHATS = 3
# An agent's socket is renewed each hour, in which three chats of twenty minutes fit.


class Support(Struct, frozen=True):
    """US dollars a month, by what they are for."""

    messages: float
    sessions: float
    online: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.messages + self.sessions + self.online


def price(figures: Figures, prices: Prices) -> Support:
    """What it costs here, at the first tier's prices and without free tiers, as the rival's figure is."""
    pings = 2 * MINUTES / _PING_MINUTES
    online = Usage(connection_minutes=2 * MINUTES, websocket_messages=2 * pings)
    return Support(
        messages=prices.marginal(figures.small_dm * (CHATS * MESSAGES)),
        sessions=prices.marginal(figures.session * (CHATS * (1 + 1 / _AGENT_CHATS))),
        online=prices.marginal(online * CHATS),
    )
