"""Access tokens that say what they say in plain text, and the app's source of them."""

from random import Random

from parley.core.errors import TokenExpired
from parley.core.session import Role, Session


def make_token(user: str, role: Role, expires: int) -> str:
    """A token; ``expires`` in ms."""
    return f"{user}|{role}|{expires}"


def read_token(token: str, device: str, connection: str, now: int) -> Session:
    """Who it is for.

    Raises:
        TokenExpired: its time is over.
    """
    user, role, expires = token.split("|")
    if int(expires) <= now:
        raise TokenExpired("the token has expired")
    return Session(user=user, role=role, device=device, connection=connection, expires=int(expires))


_MARGIN = 150.0
"""Seconds that a token has left at least, when it is handed out from the cache of a source that takes care."""


class Tokens:
    """One device's source, with a cache, and a clock that may be wrong."""

    def __init__(self, user: str, role: Role, random: Random) -> None:
        self._user, self._role = user, role
        self.life, self.behind = random.choice(((300, 600), *(((300, 0), (900, -30), (3_600, 0), (3_600, 40)) * 2)))
        """Seconds that a new token lives, and by which the device's clock is behind."""
        self._token = ""
        self._expires = 0.0

    def fetch(self, now: float, *, refused: bool, careless: bool = False) -> tuple[str, float]:
        """A token, and when the device believes it to end, in seconds.

        After one was ``refused`` it is a new one; a ``careless`` source hands out what has not quite ended.
        """
        if refused or self._expires + self.behind - (0 if careless else _MARGIN) <= now:
            self._expires = now + self.life
            self._token = make_token(self._user, self._role, int(self._expires * 1000))
        return self._token, self._expires + self.behind
