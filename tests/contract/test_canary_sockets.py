"""The canary's sockets, against a server of our own on this machine."""

import json
import threading
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from websockets import Subprotocol
from websockets.sync.server import ServerConnection, serve

from parley.canary.sockets import WebSocketDialer
from parley.core.errors import Unavailable


def _echo(socket: ServerConnection) -> None:
    for text in socket:
        socket.send(text)


def _guard(socket: ServerConnection, request):
    if request.headers.get("Authorization") == "Bearer good" and request.path.endswith("?device=canary"):
        return None
    return socket.respond(HTTPStatus.FORBIDDEN, "")


@pytest.fixture
def url() -> Iterator[str]:
    with serve(_echo, "127.0.0.1", 0, subprotocols=[Subprotocol("parley.v1")], process_request=_guard) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/live"
        server.shutdown()


def test_what_is_said_is_heard(url):
    line = WebSocketDialer(url).dial("good", "canary")
    line.say({"action": "send", "id": "1"})
    assert line.hear(10) == {"action": "send", "id": "1"}
    line.close()


def test_a_refusal_is_unavailable(url):
    with pytest.raises(Unavailable, match="InvalidStatus"):
        WebSocketDialer(url).dial("bad", "canary")


def test_nobody_at_the_address_is_unavailable():
    with pytest.raises(Unavailable):
        WebSocketDialer("ws://127.0.0.1:1/live").dial("good", "canary")


def test_silence_and_a_lost_socket_are_unavailable(url):
    line = WebSocketDialer(url).dial("good", "canary")
    with pytest.raises(Unavailable, match="nothing came within"):
        line.hear(0.01)
    line.close()
    with pytest.raises(Unavailable):
        line.say({})
    with pytest.raises(Unavailable):
        line.hear(1)


def test_what_is_no_json_is_unavailable(url):
    line = WebSocketDialer(url).dial("good", "canary")
    line._socket.send("not " + json.dumps({}))
    with pytest.raises(Unavailable):
        line.hear(10)
    line.close()
