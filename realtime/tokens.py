"""Cognito access tokens. A token is accepted only if its signature, issuer, client, use and time are all valid.

Source of the checks: "Verifying a JSON web token" in the Amazon Cognito developer guide.
"""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import jwt

from parley.core.errors import TokenExpired, Unauthorized, Unavailable
from parley.core.ids import is_client_id
from parley.core.session import Session, role_of

_FAILURE_PAUSE_MS = 2_000
_REFRESH_PAUSE_MS = 60_000
# The pause between two fetches of the keys, however many tokens name a key that we do not have. Otherwise strangers
# could make us fetch them.
_LONGEST = 8_192
# In characters. Cognito's access tokens have about 1,000.


class KeySet:
    """A pool's public keys by id. They are fetched when first needed and when a token names a new one (rotation)."""

    def __init__(self, fetch: Callable[[], dict[str, Any]]) -> None:
        """``fetch`` returns the JWKS document, or raises ``Unavailable``."""
        self._fetch = fetch
        self._keys: dict[str, jwt.PyJWK] = {}
        self._next_fetch = 0
        self._failed = False

    def key(self, key_id: str, now: int) -> jwt.PyJWK:
        """Raises:
        Unauthorized: the pool has no such key.
        Unavailable: the keys could not be fetched.
        """
        if key_id not in self._keys and now >= self._next_fetch:
            self._next_fetch, self._failed = now + _FAILURE_PAUSE_MS, True
            keys = jwt.PyJWKSet.from_dict(self._fetch())
            self._keys = {k.key_id: k for k in keys.keys if k.key_id}
            self._next_fetch, self._failed = now + _REFRESH_PAUSE_MS, False
        if key_id in self._keys:
            return self._keys[key_id]
        if self._failed:
            raise Unavailable("the pool's keys cannot be fetched")
        raise Unauthorized("the token is signed by a key that is not the pool's")


def fetch_json(url: str) -> dict[str, Any]:
    """A JSON document, fetched by HTTP(S).

    Raises:
        Unavailable: it could not be fetched.
    """
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310  (our own setting, not a user's)
            document: dict[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        raise Unavailable("the pool's keys cannot be fetched") from error
    return document


class Verifier:
    """Verifies a token and returns who its bearer is."""

    def __init__(self, keys: KeySet, issuer: str, client: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client = client

    def verify(self, token: str, device: str, connection: str, now: int) -> Session:
        """Raises:
        Unauthorized: it is not a valid access token of this pool and client, with a role.
        TokenExpired: it was one, but has expired.
        Unavailable: the pool's keys could not be fetched.
        """
        if len(token) > _LONGEST:
            raise Unauthorized("the token is too long")
        try:
            key_id = jwt.get_unverified_header(token).get("kid", "")
            claims = jwt.decode(
                token,
                self._keys.key(str(key_id), now),
                algorithms=["RS256"],
                issuer=self._issuer,
                options={"require": ["exp", "iss", "sub", "client_id", "token_use"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired("the token has expired") from None
        except jwt.InvalidTokenError as error:
            raise Unauthorized(f"the token is not valid: {type(error).__name__}") from None
        if claims["token_use"] != "access":  # noqa: S105  (a kind of token, not one)
            raise Unauthorized("this is not an access token")
        if claims["client_id"] != self._client:
            raise Unauthorized("the token is for another client")
        if not is_client_id(claims["sub"]):
            raise Unauthorized("the token's subject cannot be a user id")
        role = role_of(claims.get("cognito:groups") or [])
        return Session(
            user=claims["sub"], role=role, device=device, connection=connection, expires=claims["exp"] * 1000
        )
