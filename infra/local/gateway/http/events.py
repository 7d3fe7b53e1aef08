"""The events of HTTP APIs, in payload format 2.0, and the return values of functions for them.

Sources: "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway" in the API Gateway developer guide. The
guide does not say which bodies are text, or how a path is decoded. Both are taken from the embedded AWS, which says
that it was checked against AWS itself.
"""

import base64
import binascii
import json
import os
import re
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from infra.local.gateway.http.deployed import DEFAULT_STAGE, Stage
from infra.local.gateway.websocket.events import Event, new_id

_TEXT = {"application/json", "application/xml", "application/javascript"}
_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "host", "cookie"}
"""Headers that are not passed on as they are."""
_OURS = {
    "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade", "content-length", "date"
}  # fmt: skip
"""Response headers that the sender sets itself (RFC 9110, 6.6.1, 7.6.1 and 8.6), so functions cannot set them."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")
"""The characters allowed in a header's value (RFC 9110, 5.6.2 and 5.5)."""
_EMPTY = {204, 304}
"""Statuses whose responses have no body."""


class Asked(NamedTuple):
    """A request: its raw path below the API's root (before the stage is known), and its headers in order."""

    method: str
    raw_path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    address: str

    def header(self, name: str) -> str:
        """Return all values of a header, joined by commas. ``name`` is in lower case."""
        return ",".join(value for key, value in self.headers if key.lower() == name)


class Answer(NamedTuple):
    """A response. A header may occur several times."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Malformed(Exception):
    """A function returned something that is not a response."""


def decoded(raw_path: str) -> str:
    """Return a path with its escapes decoded, except for ``%25``."""
    return "%25".join(unquote(part) for part in raw_path.split("%25"))


def query_values(query: str) -> dict[str, str]:
    """Return decoded values by name, joined by commas if there are several."""
    several: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        several.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in several.items()}


def event(
    stage: Stage,
    route: str,
    asked: Asked,
    path: str,
    variables: Mapping[str, str],
    authorizer: Mapping[str, Any] | None,
) -> Event:
    """Return the event. ``path`` is decoded and within the stage; ``variables`` are the route's path variables."""
    whole = path if stage.name == DEFAULT_STAGE else f"/{stage.name}{path}"
    now = time.time()
    made: Event = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": whole,
        "rawQueryString": asked.query,
        "headers": _headers(stage, asked),
        "requestContext": {
            "accountId": stage.account,
            "apiId": stage.api,
            "domainName": stage.domain,
            "domainPrefix": stage.api,
            "http": {
                "method": asked.method,
                "path": whole,
                "protocol": "HTTP/1.1",
                "sourceIp": asked.address,
                "userAgent": asked.header("user-agent"),
            },
            "requestId": new_id(),
            "routeKey": route,
            "stage": stage.name,
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if authorizer is not None:
        made["requestContext"]["authorizer"] = authorizer
    cookies = [c.strip() for key, value in asked.headers if key.lower() == "cookie" for c in value.split(";")]
    optional = {
        "cookies": cookies,
        "queryStringParameters": query_values(asked.query),
        "pathParameters": dict(variables),
        "stageVariables": dict(stage.variables),
    }
    made |= {name: value for name, value in optional.items() if value}  # if there is none, the key is absent, not empty
    if asked.body:
        is_text = _is_text(asked.header("content-type"))
        made["isBase64Encoded"] = not is_text
        made["body"] = asked.body.decode(errors="replace") if is_text else base64.b64encode(asked.body).decode()
    return made


def answer(payload: bytes) -> Answer:
    """Return what a function's return value, JSON, means for the client.

    Raises:
        Malformed: it is not a response.
    """
    try:
        returned = json.loads(payload)
        if not isinstance(returned, dict) or "statusCode" not in returned:
            text = returned if isinstance(returned, str) else json.dumps(returned)
            return Answer(200, (("content-type", "application/json"),), text.encode())
        status = int(returned["statusCode"])
        headers = tuple((str(name), _value(value)) for name, value in (returned.get("headers") or {}).items())
        cookies = tuple(("set-cookie", str(cookie)) for cookie in returned.get("cookies") or ())
        given = returned.get("body")
        body = given if isinstance(given, str) else "" if given is None else json.dumps(given)
        content = base64.b64decode(body) if returned.get("isBase64Encoded") else body.encode()
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error) as error:
        raise Malformed from error
    if not 200 <= status <= 599:  # a function cannot send an interim response, 1xx
        raise Malformed
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers + cookies):
        raise Malformed
    headers = tuple(header for header in headers if header[0].lower() not in _OURS)
    if status in _EMPTY:
        content = b""
    if content and not any(name.lower() == "content-type" for name, _ in headers):
        headers += (("content-type", "text/plain;charset=UTF-8"),)
    return Answer(status, headers + cookies, content)


def _headers(stage: Stage, asked: Asked) -> dict[str, str]:
    joined: dict[str, str] = {}
    for key, value in asked.headers:
        name = key.lower()
        if name not in _HOP:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined | {
        "host": stage.domain,
        "x-amzn-trace-id": f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()}",
        "x-forwarded-for": asked.address,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


def _is_text(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT


def _value(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
