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

from infra.local.gateway.deployed import Api

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
"""Not handed on."""


class Caller(NamedTuple):
    """Whose socket it is, as far as the handshake tells; ``at`` in ms since the epoch."""

    connection: str
    address: str
    agent: str
    at: int


def new_id() -> str:
    """An id of a request, a message or a connection, in API Gateway's own form: 15 letters and an equals sign."""
    return base64.urlsafe_b64encode(os.urandom(11)).decode()


def context(api: Api, caller: Caller, route: str, kind: str, request: str) -> Event:
    """What every event has; ``kind`` is CONNECT, MESSAGE or DISCONNECT."""
    now = time.time()
    identity = {"sourceIp": caller.address} | ({"userAgent": caller.agent} if caller.agent else {})
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
    }


def handshake(api: Api, headers: Iterable[tuple[str, str]], query: str, address: str) -> Event:
    """What the events of the handshake have besides; a header that comes twice is last in one, whole in the other."""
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
    if asked:  # absent, not empty, where there is none
        event["queryStringParameters"] = {name: values[-1] for name, values in asked.items()}
        event["multiValueQueryStringParameters"] = asked
    if api.variables:
        event["stageVariables"] = dict(api.variables)
    return event


def authorization(api: Api, base: Event, shaken: Event) -> Event:
    """What the authorizer of ``$connect`` gets."""
    return {"type": "REQUEST", "methodArn": api.arn(base["routeKey"]), **shaken, "requestContext": base}


def connected(base: Event, shaken: Event) -> Event:
    """What ``$connect`` gets."""
    return {**shaken, "requestContext": base, "isBase64Encoded": False}


def message(base: Event, body: str, variables: Mapping[str, str]) -> Event:
    """What a route gets for a message."""
    staged = {"stageVariables": dict(variables)} if variables else {}
    return {**staged, "requestContext": {**base, "messageId": new_id()}, "body": body, "isBase64Encoded": False}


def disconnected(api: Api, base: Event, code: int, reason: str) -> Event:
    """What ``$disconnect`` gets; ``code`` is RFC 6455's, with 1005 for none and 1006 for no goodbye."""
    headers = {"Host": api.domain, "x-api-key": "", "x-restapi": ""}
    return {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": {**base, "disconnectStatusCode": code, "disconnectReason": reason},
        "isBase64Encoded": False,
    }


def closed_because(code: int, reason: str) -> str:
    """The reason in ``$disconnect``'s event, for a client that gave none."""
    return reason or _UNSAID.get(code, "")
