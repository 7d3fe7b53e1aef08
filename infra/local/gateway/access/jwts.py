"""JWT authorizers of HTTP APIs.

Sources: "Control access to HTTP APIs with JWT authorizers in API Gateway" and "Troubleshooting issues with HTTP API JWT
authorizers" in the developer guide. They check the signature against the issuer's JWKS, ``iss``, ``aud`` or, if there
is none, ``client_id``, ``exp``, ``nbf``, ``iat``, and one of the route's scopes, if it has any, in ``scope`` or
``scp``.
"""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jwt

from infra.local.gateway.http.deployed import Jwt
from infra.local.gateway.http.events import Asked, query_values

_KEYS_FOR = 2 * 3600
_ALGORITHMS = ["RS256", "RS384", "RS512"]


class Refused(NamedTuple):
    """401 or 403, and the reason that the ``www-authenticate`` header gives."""

    status: int
    challenge: str


class _Keys(jwt.PyJWKClient):
    """A pool's keys, fetched from the embedded AWS without any proxy."""

    def fetch_data(self) -> Any:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.uri, timeout=5) as answer:
            document = json.load(answer)
        if self.jwk_set_cache is not None:
            self.jwk_set_cache.put(document)
        return document


class Jwts:
    """Judges tokens. The keys of every issuer are those of the user pools at ``endpoint``."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._keys: dict[str, _Keys] = {}

    def judge(self, authorizer: Jwt | None, scopes: Sequence[str], asked: Asked) -> Refused | dict[str, Any]:
        """Return ``requestContext.authorizer`` of the event, or why there is none. It blocks while keys are fetched."""
        token = _token(authorizer.sources, asked) if authorizer else ""
        if authorizer is None or not token:
            return Refused(401, "Bearer")
        try:
            claims = self._verified(authorizer, token)
        except (jwt.PyJWTError, OSError, ValueError) as error:
            return Refused(401, _challenge(scopes, "invalid_token", str(error)))
        held = _words(claims.get("scope")) + _words(claims.get("scp"))
        if scopes and not set(scopes) & set(held):
            return Refused(403, _challenge(scopes, "insufficient_scope", ""))
        told = {name: text(value) for name, value in claims.items()}
        return {"jwt": {"claims": told, "scopes": held if scopes else None}}

    def _verified(self, authorizer: Jwt, token: str) -> Mapping[str, Any]:
        pool = authorizer.issuer.rpartition("/")[2]
        keys = self._keys.setdefault(pool, _Keys(f"{self._endpoint}/{pool}/.well-known/jwks.json", lifespan=_KEYS_FOR))
        claims: dict[str, Any] = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=_ALGORITHMS,
            issuer=authorizer.issuer,
            options={"verify_aud": False, "require": ["iss", "exp"]},
        )
        audience = claims["aud"] if "aud" in claims else claims.get("client_id")
        if not any(one in authorizer.audience for one in (audience if isinstance(audience, list) else [audience])):
            raise jwt.InvalidAudienceError("the token does not have a valid audience")
        return claims


def text(value: object) -> str:
    """Return a claim as functions get it: lists as ``[a b]``, and anything else as JSON writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{' '.join(text(one) for one in value)}]"
    return json.dumps(value)


def _token(sources: Sequence[str], asked: Asked) -> str:
    """Return the token of the first identity source that is present. It may begin with ``Bearer``."""
    for source in sources:
        kind, _, name = source.removeprefix("$request.").partition(".")
        value = asked.header(name.lower()) if kind == "header" else query_values(asked.query).get(name, "")
        scheme, _, rest = value.strip().partition(" ")
        if value.strip():
            return rest.strip() if scheme.lower() == "bearer" else value.strip()
    return ""


def _words(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else str(value or "").split()


def _challenge(scopes: Sequence[str], error: str, why: str) -> str:
    told = "".join(c for c in why if c.isprintable() and c.isascii() and c not in '"\\')
    return f'Bearer scope="{" ".join(scopes)}" error="{error}" error_description="{told}"'
