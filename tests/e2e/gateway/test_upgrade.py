"""The upgrade as API Gateway answers it: the authorizer's decision, the connect function's, and the sub-protocol."""

import json
import socket
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from infra.local.stack import User
from tests.e2e.deployment import Deployment, open_socket
from tests.e2e.gateway.probing import Probes, ask, connection_of, dial, hear

pytestmark = pytest.mark.gateway_only


def refusal(probes: Probes, **query: str) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused:
        dial(probes.local.gateway, probes.whole, **query)
    response = refused.value.response
    told = json.loads(response.body)
    assert set(told) == {"message", "connectionId", "requestId"}
    return response.status_code, told["message"]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("", (401, "Unauthorized")),  # the identity source is missing
        ("unauthorized", (401, "Unauthorized")),
        ("deny", (403, "User is not authorized to access this resource with an explicit deny")),
        ("neither", (403, "User is not authorized to access this resource")),
        ("error", (500, "Internal server error")),
    ],
)
def test_who_is_not_authorized_is_refused(probes: Probes, wish: str, expected: tuple[int, str]):
    assert refusal(probes, auth=wish) == expected


def test_a_connect_function_that_says_no_refuses_with_its_status(probes: Probes):
    assert refusal(probes, status="418")[0] == 418


@pytest.mark.parametrize("fail", ["raise", "nonsense"])
def test_a_connect_function_that_fails_is_a_bad_gateway(probes: Probes, fail: str):
    assert refusal(probes, fail=fail) == (502, "Internal server error")


def test_an_api_that_is_not_deployed_is_refused(probes: Probes):
    with pytest.raises(InvalidStatus) as refused:
        dial(probes.local.gateway, probes.whole._replace(id="unknown"))
    assert refused.value.response.status_code == 403


def test_what_is_vouched_for_comes_back_as_strings(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as opened:
        vouched = ask(opened, do="event")["requestContext"]["authorizer"]
    assert isinstance(vouched.pop("integrationLatency"), int)
    assert vouched == {"principalId": "somebody", "observer": "", "number": "7", "yes": "true"}


@pytest.mark.parametrize(("line", "status"), [("X-Long: " + 9_000 * "x", b"431"), ("Content-Length: 1", b"")])
def test_an_upgrade_that_cannot_be_read_is_answered_or_ended(probes: Probes, line: str, status: bytes):
    gateway = urlsplit(probes.local.gateway.endpoint)
    head = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    with socket.create_connection((gateway.hostname, gateway.port), timeout=20) as client:
        client.sendall(f"GET {probes.whole.path}?auth=allow HTTP/1.1\r\nHost: x\r\n{head}{key}{line}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(4_096), b""))
    assert answer.partition(b"\r\n")[0].split(b" ")[1:2] == ([status] if status else [])


@pytest.mark.parametrize("chosen", ["b", None])
def test_the_protocol_is_the_one_that_the_connect_function_chooses(probes: Probes, chosen: str | None):
    query = {"protocol": chosen} if chosen else {}
    with dial(probes.local.gateway, probes.whole, options={"subprotocols": ["a", "b"]}, **query) as opened:
        assert opened.subprotocol == chosen


def test_parleys_own_protocol_is_echoed(deployment: Deployment, alice: User):
    with open_socket(deployment, deployment.tokens(alice)["AccessToken"]) as opened:
        assert opened.subprotocol == "parley.v1"


def test_a_connection_cannot_be_posted_to_before_it_is_open(probes: Probes):
    url = f"{probes.local.gateway.endpoint}{probes.whole.path}"
    with dial(probes.local.gateway, probes.whole, post=url, options={"subprotocols": ["post-410"]}) as opened:
        assert opened.subprotocol == "post-410"


def test_a_client_that_goes_while_it_is_let_in_is_disconnected(probes: Probes, tmp_path: Path):
    gate = tmp_path / "gate"
    gateway = urlsplit(probes.local.gateway.endpoint)
    with dial(probes.local.gateway, probes.whole) as observer:
        place = f"{probes.local.gateway.endpoint}{probes.whole.path}/@connections/{connection_of(observer)}"
        query = urlencode({"auth": "allow", "observer": place, "hold": gate})
        with socket.create_connection((gateway.hostname, gateway.port)) as client:
            upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            client.sendall(f"GET {probes.whole.path}?{query} HTTP/1.1\r\nHost: x\r\n{upgrade}{key}\r\n".encode())
        gate.touch()
        told = hear(observer)["requestContext"]
    assert (told["eventType"], told["disconnectStatusCode"]) == ("DISCONNECT", 1006)
