"""Cognito's trigger for users it does not know: those of the legacy database are let in, and exist from then on.

The password arrives with the event, is compared, and goes no further; Cognito itself stores it. Every answer takes the
same time, whatever was found. Source: "Migrate user Lambda trigger" in the Amazon Cognito developer guide.
"""

import os
import time
from collections.abc import Callable
from typing import Any

from parley.accounts import roles
from parley.core.errors import Unauthorized
from parley.core.lines import line
from parley.migration import sign_in
from parley.migration.model import LegacyUser
from parley.migration.ports import LegacyUsers
from parley.runtime import bootstrap
from parley.runtime.telemetry import Telemetry

FLOOR = 1.0
"""How many seconds an answer takes, so that nobody learns from the time whether there is such a user, how their
password is hashed, or that they have moved a moment ago. Cognito waits for five."""


class Clock:
    """The time that passes, in seconds."""

    now = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


def triggered(
    event: dict[str, Any], users: LegacyUsers, telemetry: Telemetry, clock: type[Clock] = Clock
) -> dict[str, Any]:
    """Return the event with the user that Cognito is to create, or as it came, which refuses the sign-in.

    Raises:
        Unavailable: the legacy database could not be asked. Cognito says that something went wrong, and not what.
    """
    begun = clock.now()
    telemetry.correlate()
    try:
        answer = {**event, "response": _answer(event, users)}
        telemetry.count(MigrationsAllowed=1)
    except Unauthorized:
        answer = event
        telemetry.count(MigrationsRefused=1)
    finally:
        left = FLOOR - (clock.now() - begun)
        telemetry.count(MigrationsOverran=int(left < 0))
        clock.sleep(max(left, 0))
    return answer


def _answer(event: dict[str, Any], users: LegacyUsers) -> dict[str, Any]:
    """What Cognito is to do.

    Raises:
        Unauthorized: nothing.
    """
    email = event["userName"]
    if "@" not in email:  # a phone number; legacy users have addresses
        raise Unauthorized("no such user, or another password")
    if event["triggerSource"] == "UserMigration_Authentication":
        user = sign_in.check(email, event["request"]["password"], users)
        return {"userAttributes": _attributes(user), "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS"}
    if event["triggerSource"] == "UserMigration_ForgotPassword":
        return {"userAttributes": _attributes(sign_in.find(email, users)), "messageAction": "SUPPRESS"}
    raise Unauthorized("not a trigger that moves anybody")


def _attributes(user: LegacyUser) -> dict[str, str]:
    """The user's attributes. Nobody but this function can set the last two: no app may write them.

    The address counts as verified, because the legacy application has verified it. A code for a new password goes to
    verified addresses only.
    """
    return {
        "email": user.email.lower(),
        "email_verified": "true",
        "name": line(user.name)[: roles.NAME_LIMIT].strip(),
        "custom:legacy_id": user.id,
        "custom:legacy_role": user.role,
    }


def __getattr__(name: str) -> Callable[[dict[str, Any], object], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.user_migration(os.environ)
    return lambda event, _: triggered(event, deps.legacy_users, deps.telemetry)
