"""What ``$connect`` may return."""

from types import SimpleNamespace
from typing import Any

import pytest

from infra.local.gateway.access.authorizing import Refused
from infra.local.gateway.throttle import Throttle
from infra.local.gateway.websocket import upgrade
from infra.local.gateway.websocket.deployed import Api, Route
from infra.local.gateway.websocket.events import Caller
from infra.local.gateway.websocket.integrations import Reply
from tests.unit.infra.gateway.access.test_authorizing import finished

BAD = Refused(502, "Internal server error")


def admitted(status: int = 200, query: str = "", **headers: str) -> Any:
    async def run(*_: Any) -> Reply:
        return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, "")

    route = Route("$connect", None, "NONE", None, False)
    api = Api("abc", "live", "us-east-1", "000000000000", "", {"$connect": route}, {}, {})
    stage = SimpleNamespace(api=api, throttle=Throttle({}), integrations=SimpleNamespace(run=run))
    websocket = SimpleNamespace(headers=SimpleNamespace(raw=[]), scope={"query_string": query.encode()})
    return finished(upgrade.admit(stage, Caller("c", "", "", 0), websocket, "request"))


@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_success_lets_in(status: int):
    assert admitted(status, Sec_WebSocket_Protocol="parley.v1") == ("parley.v1", None)


@pytest.mark.parametrize(("status", "word"), [(300, "Multiple Choices"), (418, "I'm a Teapot"), (599, "")])
def test_another_status_refuses_with_it(status: int, word: str):
    assert admitted(status) == Refused(status, word)


@pytest.mark.parametrize("status", [-1, 0, 42, 101, 199, 600, 999])
def test_what_is_no_status_is_a_bad_answer(status: int):
    assert admitted(status) == BAD


@pytest.mark.parametrize("protocol", ["a\r\nx-b: c", "\x00", "é"])
def test_so_is_what_is_no_header(protocol: str):
    assert admitted(sec_websocket_protocol=protocol) == BAD


def test_a_url_has_4096_characters():
    around = len("wss://abc.execute-api.us-east-1.amazonaws.com/live?")
    assert admitted(query="x" * (4096 - around)) == ("", None)
    assert admitted(query="x" * (4097 - around)).status == 414
