"""Cognito's triggers: whoever signs up, or signs in in any way, exists as a consumer, or in the role
that they had in the legacy application (``workers.user_migration``).

Post confirmation comes once, when a user has proved that their address is theirs. It is disputed whether it comes for a
user who signs in through another provider. Pre token generation comes before every token, for everybody, so it enrols
anyone who has been missed.
"""

import os
from collections.abc import Callable
from typing import Any

from parley.accounts import roles
from parley.accounts.ports import Roles
from parley.core.errors import Unavailable
from parley.core.session import Role
from parley.delivery.ports import Users
from parley.runtime import bootstrap
from parley.runtime.telemetry import Telemetry

_ROLES = frozenset({"consumer", "provider"})


def triggered(
    event: dict[str, Any], users: Users, pool_roles: Callable[[str], Roles], telemetry: Telemetry
) -> dict[str, Any]:
    """Do what the trigger is for, and return the event, which is what Cognito expects."""
    telemetry.correlate(user=event["request"]["userAttributes"]["sub"])
    if event["triggerSource"] == "PostConfirmation_ConfirmSignUp":
        _enrol(event, "consumer", users, pool_roles, telemetry)
    elif event["triggerSource"].startswith("TokenGeneration_"):
        return _issuing(event, users, pool_roles, telemetry)
    return event


def _issuing(
    event: dict[str, Any], users: Users, pool_roles: Callable[[str], Roles], telemetry: Telemetry
) -> dict[str, Any]:
    """Enrol a user who has no role, and put it into this ID token already. Users who have one pass at once.

    Nobody is kept from signing in because this fails: the next token tries again, and until then a token without a role
    is a consumer's. Source: "Pre token generation Lambda trigger" in the Cognito developer guide. Version 1 of its
    event, which is what the pool's tier has, reaches the ID token; access tokens have the group from the next one on.
    """
    groups = event["request"].get("groupConfiguration", {}).get("groupsToOverride") or []
    if _ROLES.intersection(groups):
        return event
    # Whoever has moved never signed up. Apps may not write this attribute, and whoever signs up becomes a consumer,
    # whatever their attributes say.
    moved = event["request"]["userAttributes"].get("custom:legacy_role")
    role: Role = "provider" if moved == "provider" else "consumer"
    try:
        _enrol(event, role, users, pool_roles, telemetry)
    except Unavailable as error:
        telemetry.failed(error)
        return event
    override = {"groupOverrideDetails": {"groupsToOverride": [*groups, role]}}
    return {**event, "response": {"claimsOverrideDetails": override}}


def _enrol(
    event: dict[str, Any], role: Role, users: Users, pool_roles: Callable[[str], Roles], telemetry: Telemetry
) -> None:
    """Give the user their first role. If it fails after a sign-up, Cognito shows an error although it
    has confirmed the user; their next sign-in enrols them.
    """
    attributes = event["request"]["userAttributes"]
    granter = pool_roles(event["userPoolId"])
    roles.grant(attributes["sub"], event["userName"], attributes.get("name", ""), role, users, granter)
    telemetry.count(Enrolments=1)


def __getattr__(name: str) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.user_pool(os.environ)
    return lambda event, _: triggered(event, deps.users, deps.roles, deps.telemetry)
