"""Access tokens that state their contents in plain text, and the app's source of them."""

from random import Random

from parley.core.errors import TokenExpired
from parley.core.session import Role, Session


def make_token(user: str, role: Role, expires: int) -> str:
    """Return a token. ``expires`` is in ms."""
    return f"{user}|{role}|{expires}"


def read_token(token: str, device: str, connection: str, now: int) -> Session:
    """Return the session that the token is for.

    Raises:
        TokenExpired: the token has expired.
    """
    user, role, expires = token.split("|")
    if int(expires) <= now:
        raise TokenExpired("the token has expired")
    return Session(user=user, role=role, device=device, connection=connection, expires=int(expires))


_MARGIN = 150.0
"""The least number of seconds that a token has left when a careful source hands it out from its cache."""


class Tokens:
    """One device's token source, with a cache, and a clock that may be wrong."""

    def __init__(self, user: str, role: Role, random: Random) -> None:
        self._user, self._role = user, role
        self.life, self.behind = random.choice(((300, 600), *(((300, 0), (900, -30), (3_600, 0), (3_600, 40)) * 2)))
        """How many seconds a new token lives, and how many the device's clock is behind."""
        self._token = ""
        self._expires = 0.0

    def forget(self) -> None:
        """Forget the cached token, so that the next one lives for its whole life."""
        self._expires = 0.0

    def fetch(self, now: float, *, refused: bool, careless: bool = False) -> tuple[str, float]:
        """Return a token, and when the device believes it to end, in seconds.

        After a token was ``refused``, the result is a new one. A ``careless`` source hands out one that is about to
        end.
        """
        if refused or self._expires + self.behind - (0 if careless else _MARGIN) <= now:
            self._expires = now + self.life
            self._token = make_token(self._user, self._role, int(self._expires * 1000))
        return self._token, self._expires + self.behind
