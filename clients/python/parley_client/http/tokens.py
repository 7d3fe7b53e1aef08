"""Access tokens, as the client sees them: something that answers one, and a look at what it says of itself."""

import base64
import json
from collections.abc import Awaitable
from typing import Any, Protocol, runtime_checkable


class SignInRequired(Exception):
    """No token can be had until the user signs in again. A token source raises it; anything else means: later."""


class TokenSource(Protocol):
    """Answers an access token with some minutes of life left; asked before each connection."""

    def __call__(self) -> Awaitable[str]:
        """The token. Raises ``SignInRequired``, or any other error for a failure that may pass."""
        ...


@runtime_checkable
class CachingTokenSource(Protocol):
    """A token source that remembers, and can be told that what it remembers is no good."""

    def refused(self) -> None:
        """The server did not accept the last token."""
        ...


def claims(token: str) -> dict[str, Any]:
    """What a JWT says, unverified: good for planning, never for trusting. Empty if it says nothing."""
    try:
        payload = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, IndexError):
        return {}
    return said if isinstance(said, dict) else {}


def subject(token: str) -> str:
    """The user a token is for.

    Raises:
        ValueError: it does not say.
    """
    user = claims(token).get("sub")
    if not isinstance(user, str):
        raise ValueError("the token names no user")  # noqa: TRY004 — what a stranger wrote, not a type of ours
    return user
