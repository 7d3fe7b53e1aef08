"""IAM policy variables for the embedded AWS, whose evaluator takes ``${…}`` as plain text.

This is number 12 in ``infra.local.workarounds``. Before a statement is compared with a request, the variables in its
resources and conditions are replaced by the caller's condition keys. A statement with a variable for which the caller
has no value matches nothing, as on AWS. In addition, a session of the identity pool gets the keys that it has on AWS:
its identity, and the principal tags that the pool makes from the token's claims. Everything else is the emulator's,
including the comparison and the decision.

This module uses the emulator's underscored names, which nothing else here may do. The emulator's version is pinned, and
the end-to-end tests fail if these names have changed.

Source: "IAM policy elements: Variables and tags" in the IAM user guide; "Using attributes for access control" in the
Cognito developer guide.
"""

import dataclasses
import importlib
import re
from typing import Any

_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def teach() -> None:
    """Add the variables and keys to the emulator in this process."""
    evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
    first_match, principal_keys = evaluator._first_match, evaluator._principal_keys

    def first(ctx: Any, statements: list[Any], effect: str) -> Any:
        readable = [s for s in (_replaced(s, ctx, evaluator) for s in statements) if s is not None]
        return first_match(ctx, readable, effect)

    def keys(credential: Any) -> dict[str, Any]:
        return {**principal_keys(credential), **_of_identity(credential.access_key_id)}

    evaluator._first_match, evaluator._principal_keys = first, keys


def _replaced(statement: Any, ctx: Any, evaluator: Any) -> Any:
    """Return the statement without variables, or None if one of them has no value."""

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
    """Return the condition keys of a session that the identity pool has issued."""
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
