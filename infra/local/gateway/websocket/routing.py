"""Which route a message takes.

Source: "Route selection expressions" and "Using routes to process messages" in the API Gateway developer guide. The
expression names a property of the JSON message. A message without that property, or one that is not JSON, goes to
``$default``.
"""

from collections.abc import Container
from typing import Any

import msgspec

DEFAULT = "$default"
CONNECT = "$connect"
DISCONNECT = "$disconnect"
_BODY = "$request.body."
_RESERVED = {CONNECT, DISCONNECT}


def select(expression: str, message: str, routes: Container[str]) -> str | None:
    """Return the key of the route for a message, or None if there is none, not even ``$default``."""
    asked = _value(expression, message)
    if asked in routes and asked not in _RESERVED:
        return asked
    return DEFAULT if DEFAULT in routes else None


def action(message: str) -> str:
    """Return the message's ``action``, by which Parley tells commands apart; ``$default`` if it has none."""
    return _value(f"{_BODY}action", message)


def _value(expression: str, message: str) -> str:
    if not expression.startswith(_BODY):
        return DEFAULT
    try:
        value: Any = msgspec.json.decode(message)
    except (msgspec.DecodeError, RecursionError):
        return DEFAULT
    for name in expression.removeprefix(_BODY).split("."):
        if not isinstance(value, dict) or name not in value:
            return DEFAULT
        value = value[name]
    return value if isinstance(value, str) else DEFAULT
