"""IAM policy variables for the embedded AWS, whose evaluator takes ``${…}`` for text (``infra.local.gaps``, 12).

Before a statement is compared with a request, its resources and conditions have the variables replaced by the caller's
condition keys; a statement with a variable that the caller has no value for matches nothing, as on AWS. And a session
of the identity pool gets the keys it has there: its identity, and the principal tags that the pool makes of the token's
claims. Everything else, the comparison and the decision too, is the emulator's.

It reaches into the emulator's underscored names, as nothing else here may: its version is pinned, and the end-to-end
tests fail where they have changed.

Source: "IAM policy elements: Variables and tags" in the IAM user guide; "Using attributes for access control" in the
Cognito developer guide.
"""

import dataclasses
import importlib
import re
from typing import Any

_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def teach() -> None:
    """Make the emulator in this process know them."""
    evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
    first_match, principal_keys = evaluator._first_match, evaluator._principal_keys

    def first(ctx: Any, statements: list[Any], effect: str) -> Any:
        readable = [s for s in (_replaced(s, ctx, evaluator) for s in statements) if s is not None]
        return first_match(ctx, readable, effect)

    def keys(credential: Any) -> dict[str, Any]:
        return {**principal_keys(credential), **_of_identity(credential.access_key_id)}

    evaluator._first_match, evaluator._principal_keys = first, keys


def _replaced(statement: Any, ctx: Any, evaluator: Any) -> Any:
    """The statement without variables; None if one of them has no value."""

    def value(match: re.Match[str]) -> str:
        found = evaluator._resolve_condition_key(match[1], ctx)
        if not isinstance(found, str):
            raise KeyError(match[1])
        return found

    def inner(part: Any) -> Any:
        if isinstance(part, str):
            return _VARIABLE.sub(value, part)
        if isinstance(part, list):
            return [inner(p) for p in part]
        return {k: inner(v) for k, v in part.items()} if isinstance(part, dict) else part

    try:
        return dataclasses.replace(
            statement,
            resources=inner(statement.resources),
            not_resources=inner(statement.not_resources),
            conditions=inner(statement.conditions),
        )
    except KeyError:
        return None


def _of_identity(access_key: str) -> dict[str, Any]:
    """The condition keys of a session that the identity pool has given out."""
    sts: Any = importlib.import_module("ministack.services.sts")
    cognito: Any = importlib.import_module("ministack.services.cognito")
    session = sts._sessions.get(access_key) or {}
    pool = cognito._identity_pools.get(session.get("_identity_pool_id")) or {}
    keys = {}
    if pool:
        keys["cognito-identity.amazonaws.com:sub"] = session["_identity_id"]
        keys["cognito-identity.amazonaws.com:aud"] = session["_identity_pool_id"]
    for provider, token in (session.get("_logins") or {}).items():
        claims = cognito._token_claims(token)
        for tag, claim in pool.get("_principal_tags", {}).get(provider, {}).get("PrincipalTags", {}).items():
            if claim in claims:
                keys[f"aws:principaltag/{tag}".lower()] = claims[claim]
    return keys
