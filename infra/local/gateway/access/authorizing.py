"""Who may connect: how API Gateway judges the answer of a REQUEST authorizer.

Sources: "Control access to WebSocket APIs with AWS Lambda REQUEST authorizers" and "Output from an API Gateway Lambda
authorizer" in the API Gateway developer guide. Nothing is remembered, because authorizers of WebSocket APIs have no
cache. We assume that a result beyond the quota, 8 KB, counts as a fault of the authorizer.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from infra.local.gateway.access.iam import matches, several
from infra.local.gateway.functions.pool import Functions
from infra.local.gateway.websocket.deployed import Api, Authorizer
from infra.local.gateway.websocket.events import Event
from infra.local.gateway.websocket.integrations import encode

_DENIED = "User is not authorized to access this resource"
_RESULT = 8 * 1024
_ACTIONS = {"execute-api:invoke", "execute-api:*", "*"}


class Refused(NamedTuple):
    """The upgrade is refused with this status and message."""

    status: int
    message: str


_UNAUTHORIZED = Refused(401, "Unauthorized")
_FAILED = Refused(500, "Internal server error")


async def authorize(
    api: Api, authorizer: Authorizer | None, event: Event, functions: Functions
) -> Refused | dict[str, Any]:
    """Return the context that later events carry: strings, except API Gateway's own ``integrationLatency`` in ms."""
    if authorizer is None or not authorizer.function:
        return _FAILED
    if not all(_present(source, event, api.variables) for source in authorizer.identity_sources):
        return _UNAUTHORIZED
    began = time.monotonic()
    answer = await functions.invoke(authorizer.function, encode(event))
    if answer.failure:
        return _UNAUTHORIZED if _said_unauthorized(answer.payload) else _FAILED
    return judge(answer.payload, event["methodArn"], int((time.monotonic() - began) * 1000))


def judge(payload: bytes, arn: str, latency: int) -> Refused | dict[str, Any]:
    """Judge what an authorizer's answer, JSON, means for the resource ``arn``."""
    if len(payload) > _RESULT:
        return _FAILED
    try:
        answer = json.loads(payload)
        statements = answer["policyDocument"]["Statement"]
        context = answer.get("context") or {}
        principal = str(answer["principalId"])
        vouched = {name: _text(value) for name, value in context.items()}
        effects = {s["Effect"] for s in several(statements) if _covers(s, arn)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return _FAILED
    if "Deny" in effects:
        return Refused(403, f"{_DENIED} with an explicit deny")
    if "Allow" not in effects:
        return Refused(403, _DENIED)
    return {"principalId": principal, "integrationLatency": latency, **vouched}


def _covers(statement: Mapping[str, Any], arn: str) -> bool:
    actions = {a.lower() for a in several(statement["Action"])}
    return bool(actions & _ACTIONS) and any(matches(r, arn) for r in several(statement["Resource"]))


def _text(value: object) -> str:
    """Return a context's value as text. It may be text, a number or a boolean.

    Raises:
        TypeError: it is none of them, which API Gateway refuses.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (str, int, float)):
        return "" if value is None else str(value)
    raise TypeError(value)


def _present(source: str, event: Event, variables: Mapping[str, str]) -> bool:
    """Return whether an identity source such as ``route.request.header.Auth`` is there and not empty."""
    kind, _, name = source.removeprefix("route.request.").partition(".")
    if kind == "header":
        return any(key.lower() == name.lower() and value for key, value in event["headers"].items())
    if kind == "querystring":
        return bool(event.get("queryStringParameters", {}).get(name))
    if kind == "stageVariables":
        return bool(variables.get(name))
    return bool(kind == "context" and event["requestContext"].get(name))


def _said_unauthorized(payload: bytes) -> bool:
    try:
        return bool(json.loads(payload)["errorMessage"] == "Unauthorized")
    except (ValueError, KeyError, TypeError):
        return False
