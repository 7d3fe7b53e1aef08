"""API Gateway's WebSocket events, as far as the functions read them.

Source: "Set up a WebSocket API integration request" and "API Gateway Lambda authorizers" in the API Gateway
developer guide. The authorizer's context comes back as strings on every later route.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

from parley.core.session import Role, Session

Event = Mapping[str, Any]
PROTOCOL = "parley.v1"
"""The WebSocket sub-protocol that a client offers and that the server echoes."""


class AuthorizerContext(TypedDict):
    """What the authorizer vouches for; ``expires`` is in ms since the epoch."""

    user: str
    role: Role
    device: str
    expires: str


def session_of(event: Event) -> Session:
    """Who is asking, from the authorizer's context."""
    context = event["requestContext"]
    vouched: AuthorizerContext = context["authorizer"]
    return Session(
        user=vouched["user"],
        role=vouched["role"],
        device=vouched["device"],
        connection=context["connectionId"],
        expires=int(vouched["expires"]),
    )


def header(event: Event, name: str) -> str:
    """A header of the handshake, whatever its case; empty if there is none."""
    headers: Mapping[str, str] = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), "")


def offered_protocols(event: Event) -> list[str]:
    """The sub-protocols that the upgrade request offers. A client may put its token among them."""
    return [p.strip() for p in header(event, "sec-websocket-protocol").split(",") if p.strip()]
