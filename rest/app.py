"""The HTTP API, put together from its resources."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from msgspec.json import encode

from rest import conversations, data, described, entries, fields, me, problems, users, wiring

TITLE = "Parley"
VERSION = "1"


def application(made: wiring.Rest, clock: Callable[[], int]) -> APIGatewayHttpResolver:
    """Every route, and every error in one form.

    Args:
        made: what the function is made of.
        clock: now, in ms.
    """
    app = described.Api(
        enable_validation=True, serializer=lambda body: encode(body).decode(), json_body_deserializer=fields.parse
    )
    problems.handle(app, made.telemetry)
    for router in (
        me.router(made.profiles, clock),
        users.router(made.profiles),
        conversations.router(made.keeping, made.marking, made.telemetry, clock),
        entries.router(made.sending, made.rules, made.telemetry, clock),
        data.router(made.data, clock),
    ):
        app.include_router(router)
    return app


def respond(event: Mapping[str, Any], app: APIGatewayHttpResolver, made: wiring.Rest, context: Any) -> dict[str, Any]:
    """Answer one request, and tell the operator of it."""
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    made.telemetry.correlate(request=event["requestContext"].get("requestId"), user=claims.get("sub"))
    answer = app.resolve(dict(event), context)
    made.telemetry.count(Requests=1)
    return answer


def __getattr__(name: str) -> Callable[[Mapping[str, Any], Any], dict[str, Any]]:
    if name != "handler":
        raise AttributeError(name)
    made = wiring.rest(os.environ)
    app = application(made, lambda: time.time_ns() // 1_000_000)
    return lambda event, context: respond(event, app, made, context)
