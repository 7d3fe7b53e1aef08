"""The HTTP API, put together from its resources."""

import os
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from msgspec.json import encode

from parley.core.errors import RateLimited
from parley.runtime import bootstrap, dependencies
from rest import fields, problems, resolver, resources

TITLE = "Parley"
VERSION = "1"
_JSON = "application/json"
_READ, _WRITE = 1, 4
# In tokens of a user's budget.


def application(deps: dependencies.Rest, clock: Callable[[], int]) -> APIGatewayHttpResolver:
    """The API, with every error in one form.

    Args:
        deps: what the function is given.
        clock: returns the time, in ms.
    """
    app = resolver.Api(
        lambda name: resources.router(name, deps, clock),
        enable_validation=True,
        serializer=lambda body: encode(body).decode(),
        json_body_deserializer=fields.parse,
    )
    problems.handle(app, deps.telemetry)
    return app


def respond(
    event: Mapping[str, Any], app: APIGatewayHttpResolver, deps: dependencies.Rest, context: Any
) -> dict[str, Any]:
    """Answer one request, and inform the operator about it."""
    if event["requestContext"]["http"]["method"] == "OPTIONS":
        return {"statusCode": 204}  # a browser's preflight has no token; API Gateway adds what is allowed
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    began = time.perf_counter()
    about = {"request": event["requestContext"].get("requestId"), "user": claims.get("sub")}
    deps.telemetry.correlate(**about)
    try:
        deps.budget.spend(str(claims.get("sub")), _tokens(event), event["requestContext"]["timeEpoch"])
    except RateLimited as error:
        deps.telemetry.refused(error.code)
        answer = problems.bare(error)
    else:
        answer = app.resolve(_text(_json_only(event)), context)
    deps.telemetry.correlate(**about, route=_route(event), ms=round((time.perf_counter() - began) * 1000))
    deps.telemetry.count(Requests=1)
    return {name: value for name, value in answer.items() if value is not None}  # no body must be absent, and not null


def _route(event: Mapping[str, Any]) -> str:
    """The method and the resource that a request is for, which name no user: the dashboard counts by them."""
    method = event["requestContext"]["http"]["method"]
    return f"{method} {resources.owner(method, event['rawPath']) or 'unknown'}"


def _tokens(event: Mapping[str, Any]) -> int:
    """What a request costs of its user's budget (``parley.core.budget``)."""
    return _READ if event["requestContext"]["http"]["method"] == "GET" else _WRITE


def _json_only(event: Mapping[str, Any]) -> dict[str, Any]:
    """The request; a body other than JSON gets a type that the resolver refuses, because it would also read forms."""
    headers = event.get("headers") or {}
    kind = headers.get("content-type", _JSON).partition(";")[0].strip().lower()
    return {**event, "headers": {**headers, "content-type": _JSON if kind == _JSON else "application/octet-stream"}}


def _text(event: dict[str, Any]) -> dict[str, Any]:
    """The request with its body as text. API Gateway encodes a body whose type it does not know, whatever is in it."""
    if not event.get("isBase64Encoded"):
        return event
    try:
        text = b64decode(event["body"]).decode()
    except UnicodeDecodeError:
        text = "not UTF-8"  # this is not JSON either, and is refused as such
    return {**event, "body": text, "isBase64Encoded": False}


def __getattr__(name: str) -> Callable[[Mapping[str, Any], Any], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.rest(os.environ)
    app = application(deps, lambda: time.time_ns() // 1_000_000)
    return lambda event, context: respond(event, app, deps, context)
