"""Which resource a request is for, and its routes, which are imported and made when the first such request comes.

A cold start costs what it imports and makes, and the models of all resources together cost more than the first request
for one of them.
"""

import re
from collections.abc import Callable

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from parley.runtime.dependencies import Rest

_PATHS = {
    "account": r"/me/(?:deletion|export|restore)",
    "blocks": r"/me/blocks(?:/.*)?",
    "conversations": r"/conversations(?:/[^/]*)?",
    "data": r"/me/data(?:/.*)?",
    "devices": r"/me/devices(?:/.*)?",
    "entries": r"/conversations/[^/]*/(?:entries|restore)",
    "me": r"/me",
    "media": r"/media(?:/.*)?",
    "reports": r"/reports",
    "users": r"/users/.*|/providers",
}
NAMES = tuple(_PATHS)
_OWNER = re.compile("|".join(f"(?P<{name}>{path})" for name, path in _PATHS.items()), re.DOTALL)


def owner(method: str, path: str) -> str | None:
    """Return the name of the only resource that may have a route for a request, or None if there is none."""
    if (method, path) == ("DELETE", "/me"):
        return "account"
    found = _OWNER.fullmatch(path)
    return found.lastgroup if found else None


def router(name: str, deps: Rest, clock: Callable[[], int]) -> APIGatewayHttpRouter:
    """Return a resource's routes."""
    match name:
        case "account":
            from rest import account

            return account.router(deps.account, clock)
        case "blocks":
            from rest import blocks

            return blocks.router(deps.blocks, deps.telemetry)
        case "conversations":
            from rest import conversations

            return conversations.router(deps.keeping, deps.marking, deps.telemetry, clock)
        case "data":
            from rest import user_data

            return user_data.router(deps.data, clock)
        case "devices":
            from rest import devices

            return devices.router(deps.devices, deps.telemetry, clock)
        case "entries":
            from rest import entries

            return entries.router(deps.history, deps.sending, deps.rules, deps.telemetry, clock)
        case "me":
            from rest import me

            return me.router(deps.profiles, clock)
        case "media":
            from rest import media

            return media.router(deps.media, deps.telemetry, clock)
        case "reports":
            from rest import reports

            return reports.router(deps.reports, deps.telemetry, clock)
        case "users":
            from rest import users

            return users.router(deps.profiles)
        case _:
            raise KeyError(name)
