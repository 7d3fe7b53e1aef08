"""The events that API Gateway sends to functions.

Sources: "Set up a WebSocket API integration request", "Control access to WebSocket APIs with AWS Lambda REQUEST
authorizers", and "Manage connected users and client apps: $connect and $disconnect routes" in the API Gateway developer
guide.
"""

import base64
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from infra.local.gateway.websocket.deployed import Api

Event = dict[str, Any]

_SPELLED = {
    "sec-websocket-key": "Sec-WebSocket-Key",
    "sec-websocket-version": "Sec-WebSocket-Version",
    "sec-websocket-extensions": "Sec-WebSocket-Extensions",
    "sec-websocket-protocol": "Sec-WebSocket-Protocol",
}
_UNSAID = {
    1000: "Connection Closed Normally",
    1005: "Client-side close frame status not set",
    1006: "Connection closed abnormally",
}
_HOP = {"connection", "upgrade", "content-length"}
"""Headers that are not passed on."""


class Caller(NamedTuple):
    """Whose socket it is, as far as the handshake tells. ``at`` is in ms since the epoch."""

    connection: str
    address: str
    agent: str
    at: int


def new_id() -> str:
    """Return an id for a request, a message or a connection, in API Gateway's form: 15 letters and an equals sign."""
    return base64.urlsafe_b64encode(os.urandom(11)).decode()


def context(
    api: Api, caller: Caller, route: str, kind: str, request: str, vouched: Mapping[str, Any] | None = None
) -> Event:
    """Return what every event has. ``kind`` is CONNECT, MESSAGE or DISCONNECT; ``vouched`` is an authorizer's
    context.
    """
    now = time.time()
    identity = {"sourceIp": caller.address} | ({"userAgent": caller.agent} if caller.agent else {})
    authorizer = {} if vouched is None else {"authorizer": vouched}
    return {
        "routeKey": route,
        "eventType": kind,
        "extendedRequestId": request,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "messageDirection": "IN",
        "stage": api.stage,
        "connectedAt": caller.at,
        "requestTimeEpoch": int(now * 1000),
        "identity": identity,
        "requestId": request,
        "domainName": api.domain,
        "connectionId": caller.connection,
        "apiId": api.id,
        **authorizer,
    }


def handshake(api: Api, headers: Iterable[tuple[str, str]], query: str, address: str) -> Event:
    """Return what the events of the handshake have in addition.

    If a header comes twice, its single-value form has the last value, and its multi-value form has both.
    """
    several: dict[str, list[str]] = {"Host": [api.domain]}
    for name, value in headers:
        lower = name.lower()
        if lower not in _HOP and lower != "host":
            several.setdefault(_SPELLED.get(lower, lower.title()), []).append(value)
    several["X-Amzn-Trace-Id"] = [f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()}"]
    several |= {"X-Forwarded-For": [address], "X-Forwarded-Port": ["443"], "X-Forwarded-Proto": ["https"]}
    event: Event = {"headers": {name: values[-1] for name, values in several.items()}, "multiValueHeaders": several}
    asked: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        asked.setdefault(name, []).append(value)
    if asked:  # if there is none, the key is absent, not empty
        event["queryStringParameters"] = {name: values[-1] for name, values in asked.items()}
        event["multiValueQueryStringParameters"] = asked
    if api.variables:
        event["stageVariables"] = dict(api.variables)
    return event


def authorization(api: Api, base: Event, shaken: Event) -> Event:
    """Return the event for the authorizer of ``$connect``."""
    return {"type": "REQUEST", "methodArn": api.route_arn(base["routeKey"]), **shaken, "requestContext": base}


def connected(base: Event, shaken: Event) -> Event:
    """Return the event for ``$connect``."""
    return {**shaken, "requestContext": base, "isBase64Encoded": False}


def message(base: Event, body: str, variables: Mapping[str, str]) -> Event:
    """Return the event for a route that takes a message."""
    staged = {"stageVariables": dict(variables)} if variables else {}
    return {**staged, "requestContext": {**base, "messageId": new_id()}, "body": body, "isBase64Encoded": False}


def disconnected(api: Api, base: Event, code: int, reason: str) -> Event:
    """Return the event for ``$disconnect``. ``code`` is as in RFC 6455, with 1005 for none and 1006 for no goodbye."""
    headers = {"Host": api.domain, "x-api-key": "", "x-restapi": ""}
    return {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": {**base, "disconnectStatusCode": code, "disconnectReason": reason or _UNSAID.get(code, "")},
        "isBase64Encoded": False,
    }
