"""What an HTTP API answers by itself."""

import asyncio
import json
from typing import Any

import pytest

from infra.local.gateway.functions.invocation import Answer
from infra.local.gateway.http.app import Http
from infra.local.gateway.http.deployed import Route, Stage
from infra.local.gateway.settings import Limits

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
STAGE = Stage(
    "abc", "$default", "us-east-1", "123456789012",
    {"$default": Route("$default", "function", 5.0, "NONE", None, ())}, {}, {}, None,
)  # fmt: skip


class Deployed:
    """One API."""

    def stages(self, api: str) -> dict[str, Stage]:
        return {STAGE.name: STAGE}


class Functions:
    """One function, which gives this answer."""

    def __init__(self, answer: Any) -> None:
        self._answer = Answer(json.dumps(answer).encode())

    async def prepare(self, arns: set[str]) -> None:
        pass

    async def invoke(self, arn: str, event: bytes) -> Answer:
        return self._answer


def asked(answer: Any = "hello", path: str = "/me", query: str = "", **headers: str) -> tuple[int, Any]:
    """Make a request. Returns the status and the body."""
    whole = f"/_aws/execute-api/abc{path}"
    scope = {
        "type": "http",
        "method": "GET",
        "path": whole,
        "raw_path": whole.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "path_params": {"api": "abc"},
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Http(Deployed(), Functions(answer), None, Limits())(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


def test_the_request_line_and_the_values_of_headers_have_10240_bytes():
    line = "GET /me?a=1 HTTP/1.1"
    most = 10240 - len(line) - len("abc")
    assert asked(query="a=1", a_long_name="abc", cookie="x" * most) == (200, b"hello")
    status, body = asked(query="a=1", a_long_name="abc", cookie="x" * (most + 1))
    assert (status, json.loads(body)) == (431, {"message": "Request Header Fields Too Large"})
    assert asked(path="/" + "x" * 10240)[0] == 431


@pytest.mark.parametrize("headers", [{"x-a": "a\r\nx-b: c"}, {"bad name": "1"}])
def test_a_header_that_is_none_is_an_error_of_the_function(headers: dict[str, str]):
    status, body = asked({"statusCode": 200, "headers": headers})
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})
