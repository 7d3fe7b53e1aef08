"""What the canary needs from the world. ``parley.canary.memory`` and ``parley.canary.aws`` implement it."""

from collections.abc import Mapping
from typing import Any, Protocol

from parley.canary.model import Credentials


class SignIns(Protocol):
    """The canary's users at the user pool."""

    def credentials(self) -> Credentials:
        """What the operator has stored.

        Raises:
            Unavailable: it cannot be read, or there is none.
        """
        ...

    def access_token(self, email: str, password: str) -> str:
        """A fresh access token.

        Raises:
            Unavailable: the user cannot sign in, for whatever reason.
        """
        ...


class Line(Protocol):
    """An open socket, to which only its opener writes."""

    def say(self, frame: Mapping[str, Any]) -> None:
        """Send a frame.

        Raises:
            Unavailable: the socket is gone.
        """
        ...

    def hear(self, limit: float) -> dict[str, Any]:
        """The next frame, if one comes within ``limit`` seconds.

        Raises:
            Unavailable: none did, or the socket is gone.
        """
        ...

    def close(self) -> None:
        """End it. Ending it twice is harmless."""
        ...


class Dialer(Protocol):
    """Opens sockets, as an app does."""

    def dial(self, token: str, device: str) -> Line:
        """An open socket.

        Raises:
            Unavailable: it is refused, or nobody answers.
        """
        ...
