"""Access tokens: the interface of a token source, and reading a token's claims."""

import base64
import json
from collections.abc import Awaitable
from typing import Any, Protocol, runtime_checkable


class SignInRequired(Exception):
    """There is no token until the user signs in again. Any other error means that a later attempt may work."""


class TokenSource(Protocol):
    """Returns an access token with some minutes left; called before each connection."""

    def __call__(self) -> Awaitable[str]:
        """The token. Raises ``SignInRequired``, or any other error for a failure that may pass."""
        ...


@runtime_checkable
class CachingTokenSource(Protocol):
    """A token source that caches, and can be told that its cached token was refused."""

    def refused(self) -> None:
        """The server did not accept the last token."""
        ...


def claims(token: str) -> dict[str, Any]:
    """A JWT's claims, unverified: use them for planning, never for trust. Empty if it cannot be read."""
    try:
        payload = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, IndexError):
        return {}
    return said if isinstance(said, dict) else {}


def subject(token: str) -> str:
    """The user a token is for.

    Raises:
        ValueError: the token does not say.
    """
    user = claims(token).get("sub")
    if not isinstance(user, str):
        raise ValueError("the token names no user")  # noqa: TRY004 — it is the content that is wrong, not our type
    return user
