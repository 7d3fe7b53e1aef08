"""Cognito's post-confirmation trigger: a user has proved that their address is theirs, and now exists as a consumer."""

import os
from collections.abc import Callable
from typing import Any

from parley.accounts import roles
from parley.accounts.ports import Roles
from parley.delivery.ports import Users
from parley.runtime import bootstrap
from parley.runtime.telemetry import Telemetry


def confirmed(
    event: dict[str, Any], users: Users, pool_roles: Callable[[str], Roles], telemetry: Telemetry
) -> dict[str, Any]:
    """Enrol a user who has just signed up. A password reset triggers this too, and changes nothing. Returns the event.

    Cognito shows an error to the user, although it has already confirmed them; infra.users repairs such a user.
    """
    attributes = event["request"]["userAttributes"]
    telemetry.correlate(user=attributes["sub"])
    if event["triggerSource"] == "PostConfirmation_ConfirmSignUp":
        granter = pool_roles(event["userPoolId"])
        roles.grant(attributes["sub"], event["userName"], attributes.get("name", ""), "consumer", users, granter)
        telemetry.count(Enrolments=1)
    return event


def __getattr__(name: str) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.post_confirmation(os.environ)
    return lambda event, _: confirmed(event, deps.users, deps.roles, deps.telemetry)
