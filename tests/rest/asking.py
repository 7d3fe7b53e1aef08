"""Asks the HTTP function as API Gateway would: events of payload format 2.0 with the JWT authorizer's claims."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from parley.runtime import dependencies
from rest import app


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


class Client:
    """The function, for as many users as a test has."""

    def __init__(self, deps: dependencies.Rest, clock: Callable[[], int]) -> None:
        self._deps = deps
        self._app = app.application(deps, clock)

    def ask(
        self, user: str, request: str, /, body: Any = None, *, groups: str = "[consumer]", headers=None, **query: str
    ):
        """``request`` is ``METHOD /path``; ``body`` is sent as it is if text, otherwise as JSON."""
        method, path = request.split(" ", 1)
        event = http(method, path, body, user=user, groups=groups, headers=headers or {}, query=query)
        answer = app.respond(event, self._app, self._deps, None)
        text = answer.get("body") or ""
        return Answer(answer["statusCode"], answer["headers"], json.loads(text) if text else None)


def http(
    method: str,
    path: str,
    body: Any = None,
    *,
    user: str = "alice",
    groups: str = "[consumer]",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    **claims: Any,
) -> dict[str, Any]:
    """The function's event. Source: "Working with AWS Lambda proxy integrations for HTTP APIs", format 2.0."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": {
            "accept": "*/*",
            "authorization": "Bearer token",
            "host": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            **({"content-type": "application/json"} if body is not None else {}),
            **(headers or {}),
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "authorizer": {
                "jwt": {
                    "claims": {
                        "sub": user,
                        "token_use": "access",
                        "client_id": "4clientid",
                        "exp": "9999999999",
                        "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdef123",
                        "username": user,
                        **({"cognito:groups": groups} if groups else {}),
                        **claims,
                    },
                    "scopes": None,
                }
            },
            "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "Parley/1.0 (iPhone)",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "23/Nov/2026:07:00:00 +0000",
            "timeEpoch": 1795417200000,
        },
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = query
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event
