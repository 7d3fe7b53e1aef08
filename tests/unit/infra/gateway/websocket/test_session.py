"""What a session does with a client's messages."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest
from starlette.websockets import WebSocket

from infra.local.gateway.settings import Faults, Limits
from infra.local.gateway.websocket import session
from infra.local.gateway.websocket.deployed import Api, Integration, Route
from infra.local.gateway.websocket.events import Event
from infra.local.gateway.websocket.integrations import Reply
from infra.local.gateway.websocket.protocol import EXTENSION
from infra.local.gateway.websocket.session import Session
from infra.local.gateway.websocket.sockets import ANY_ROUTE, Socket, Sockets
from infra.local.gateway.websocket.stage import Stage

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


class Client:
    """Upgrades, sends these messages, and closes: the client's side of the ASGI protocol, and the wire."""

    def __init__(self, *messages: str) -> None:
        said = [{"type": "websocket.receive", "text": text} for text in messages]
        self._says = [{"type": "websocket.connect"}, *said, {"type": "websocket.disconnect", "code": 1000}]
        self.heard: list[Any] = []

    def websocket(self) -> WebSocket:
        scope = {"type": "websocket", "headers": [], "query_string": b"", "extensions": {EXTENSION: self}}
        return WebSocket(scope, self._receive, self._send)

    def waiting(self) -> int:
        return 0

    def push(self, text: bytes) -> bool:
        self.heard.append(json.loads(text))
        return True

    async def _receive(self) -> Any:
        return self._says.pop(0)

    async def _send(self, message: Any) -> None:
        pass


class Echo:
    """Replaces the integrations: returns what came, or a given answer."""

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self.asked: list[Event] = []

    async def run(self, integration: Integration | None, event: Event) -> Reply:
        self.asked.append(event)
        return Reply(200, {}, self._answer or event["body"])


class Work(Stage):
    """A stage that lets a test wait for its work."""

    def __init__(self, echo: Echo, faults: Faults) -> None:
        route = Route("$default", "NONE", None, None, True)
        api = Api("abc", "live", "us-east-1", "000000000000", "", {"$default": route}, {}, {})
        sockets = Sockets()
        sockets.faults = faults
        super().__init__(api, None, echo, sockets, Limits())
        self._all: list[asyncio.Task[None]] = []

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        self._all.append(asyncio.get_running_loop().create_task(work))

    async def done(self) -> None:
        await asyncio.gather(*self._all)


def served(*messages: str, answer: str = "", **faults: float) -> tuple[Client, Echo]:
    client, echo = Client(*messages), Echo(answer)

    async def serve() -> None:
        stage = Work(echo, Faults(**faults))
        await Session(stage, client.websocket()).run()
        await stage.done()

    asyncio.run(serve())
    return client, echo


def test_a_message_is_handed_on_once_and_answered():
    client, echo = served('{"n": 1}')
    assert [event["body"] for event in echo.asked] == ['{"n": 1}']
    assert client.heard == [{"n": 1}]


def test_a_repeated_one_is_handed_on_twice_and_answered_twice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "_REPEAT_WITHIN", 0.01)
    client, echo = served('{"n": 1}', frame_repeat=1.0)
    assert [event["body"] for event in echo.asked] == ['{"n": 1}'] * 2
    assert len({event["requestContext"]["requestId"] for event in echo.asked}) == 2
    assert client.heard == [{"n": 1}] * 2


@pytest.mark.parametrize(("route", "twice"), [(ANY_ROUTE, '{"action": "typing"}'), ("send", '{"action": "send"}')])
def test_the_next_frame_of_a_route_is_handed_on_twice(monkeypatch: pytest.MonkeyPatch, route: str, twice: str):
    class Armed(Socket):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.repeat_next = route

    monkeypatch.setattr(session, "Socket", Armed)
    monkeypatch.setattr(session, "_REPEAT_WITHIN", 0.01)
    said = ['{"action": "typing"}', '{"action": "send"}', '{"action": "send", "n": 2}']
    _, echo = served(*said)
    assert sorted(event["body"] for event in echo.asked) == sorted([*said, twice])


def test_an_answer_of_128_kb_is_sent_and_a_longer_one_is_an_error(caplog: pytest.LogCaptureFixture):
    whole = '"é' + "x" * (128 * 1024 - 4) + '"'  # in bytes: é is two of them
    client, _ = served("{}", answer=whole)
    assert client.heard == [whole.strip('"')]
    assert not caplog.messages
    client, _ = served("{}", answer=whole[:-1] + 'x"')
    [told] = client.heard
    assert (told["message"], set(told)) == ("Internal server error", {"message", "connectionId", "requestId"})
    assert caplog.messages == ["abc/$default answered with 131073 bytes, too many for a message"]
