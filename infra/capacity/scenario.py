"""A competitor's published scenario, priced for Parley.

It is support chat: 250,000 chats of 20 minutes a month, with 20 messages each. Each chat takes one socket of a
customer, opened for it, and 20 minutes of an agent's socket, which stays online for many chats. The app is open on both
sides, so what arrives is read at once, and one mark reports both.

With each message, one side sends it and the other marks it, and both hear something. So a socket pings only in a pause
of ``_PING_MINUTES`` between two messages (clients/SPEC.md, "Alive"). Messages are taken to come at random (a Poisson
process). That gives more long pauses than an even pace would, which gives none.
"""

import math

from msgspec import Struct

from infra.capacity.figures import Figures
from infra.capacity.prices import Prices
from infra.capacity.usage import Usage

CHATS, MINUTES, MESSAGES = 250_000, 20, 20
RIVAL_USD = 52.50
_PING_MINUTES = 4
_AGENT_CHATS = 3
# An agent's socket is renewed every hour, in which three chats of twenty minutes fit.


class Support(Struct, frozen=True):
    """US dollars per month, by what they are spent on."""

    messages: float
    sessions: float
    online: float

    @property
    def total(self) -> float:
        """The sum of all parts."""
        return self.messages + self.sessions + self.online


def price(figures: Figures, prices: Prices) -> Support:
    """Return the cost here, at first-tier prices and without free tiers, as the competitor's figure is made."""
    return support(figures.small_dm, figures.session, prices)


def support(message: Usage, session: Usage, prices: Prices) -> Support:
    """The same, from what one message's whole life and one session use."""
    pings = 2 * _pings(MESSAGES, MINUTES)
    online = Usage(connection_minutes=2 * MINUTES, websocket_messages=2 * pings)
    return Support(
        messages=prices.marginal(message * (CHATS * MESSAGES)),
        sessions=prices.marginal(session * (CHATS * (1 + 1 / _AGENT_CHATS))),
        online=prices.marginal(online * CHATS),
    )


def _pings(frames: float, minutes: float) -> float:
    """Return how often a socket pings that sends and hears this many frames, at random, in this time.

    A pause of length t has as many pings as ``_PING_MINUTES`` fit into it, and is longer than n of them with the
    probability q ** n.
    """
    q = math.exp(-_PING_MINUTES * frames / minutes)
    return frames * q / (1 - q)
