"""The connections API: who may use it, and what it answers."""

import json
import time
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed

from tests.e2e.gateway.probing import Probes, ask, connection_of, connections, dial, gateway, hear

pytestmark = pytest.mark.gateway_only


def status(call: Any, **arguments: Any) -> int:
    try:
        return int(call(**arguments)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def test_a_post_reaches_the_client(probes: Probes):
    client = connections(probes.local.gateway, probes.whole)
    with dial(probes.local.gateway, probes.whole) as socket:
        connection = connection_of(socket)
        assert status(client.post_to_connection, ConnectionId=connection, Data="žluťoučký".encode()) == 200
        assert socket.recv(timeout=20) == "žluťoučký"


def test_what_it_refuses(probes: Probes):
    post = connections(probes.local.gateway, probes.whole).post_to_connection
    with dial(probes.local.gateway, probes.whole) as socket:
        connection = connection_of(socket)
        assert status(post, ConnectionId="nonsense", Data=b"x") == 400
        assert status(post, ConnectionId="AAAAAAAAAAAAAAA=", Data=b"x") == 410
        assert status(post, ConnectionId=connection, Data=b"x" * (128 * 1024 + 1)) == 413
        assert status(post, ConnectionId=connection, Data=b"x" * (128 * 1024)) == 200
        elsewhere = connections(probes.local.gateway, probes.bare).post_to_connection
        assert status(elsewhere, ConnectionId=connection, Data=b"x") == 410
    assert status(post, ConnectionId=connection, Data=b"x") == 410


def test_who_may_not_is_refused(probes: Probes):
    url = f"{probes.local.gateway.endpoint}{probes.whole.path}"
    with dial(probes.local.gateway, probes.whole) as socket:
        asked = {"do": "post", "url": url, "connection": connection_of(socket)}
        assert ask(socket, "denied", **asked)["status"] == 403
        socket.send(json.dumps({"action": "echo", **asked, "frame": {"n": 1}}))
        assert {json.dumps(hear(socket)) for _ in range(2)} == {'{"n": 1}', '{"status": 200}'}
    stranger = connections(probes.local.gateway, probes.whole, key="AKIANOBODY0000000000")
    assert status(stranger.post_to_connection, ConnectionId=asked["connection"], Data=b"x") == 403


def test_a_connection_is_described(probes: Probes):
    began = time.time()
    options = {"user_agent_header": "probe/1"}
    with dial(probes.local.gateway, probes.whole, options=options) as socket:
        described = connections(probes.local.gateway, probes.whole).get_connection(ConnectionId=connection_of(socket))
    assert described["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "probe/1"}
    assert began - 1 <= described["ConnectedAt"].timestamp() <= described["LastActiveAt"].timestamp() <= time.time()


def test_a_connection_is_closed(probes: Probes):
    client = connections(probes.local.gateway, probes.whole)
    with dial(probes.local.gateway, probes.whole) as socket:
        assert status(client.delete_connection, ConnectionId=connection_of(socket)) == 204
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1000


def test_a_slow_reader_is_not_posted_to_until_it_reads(probes: Probes):
    post = connections(probes.local.gateway, probes.whole).post_to_connection
    with dial(probes.local.gateway, probes.whole, options={"max_queue": 1}) as socket:
        connection, sent = connection_of(socket), 0
        while status(post, ConnectionId=connection, Data=b"x" * 100_000) == 200:
            sent += 1
            assert sent < 1000
        for _ in range(sent):
            assert len(socket.recv(timeout=20)) == 100_000
        assert status(post, ConnectionId=connection, Data=b"again") == 200
        assert socket.recv(timeout=20) == "again"


@pytest.mark.parametrize("end", ["goodbye", "none", "cut", "idle"])
def test_disconnect_is_told_why(probes: Probes, end: str):
    limits = {"idle": 0.5} if end == "idle" else {}
    main = probes.local.gateway
    with gateway(probes.local, **limits) as running, dial(main, probes.whole) as observer, ExitStack() as held:
        place = f"{main.endpoint}{probes.whole.path}/@connections/{connection_of(observer)}"
        socket = held.enter_context(dial(running, probes.whole, observer=place))
        if end == "goodbye":
            socket.close(4001, "enough")
        elif end == "none":
            socket.protocol.send_close()
            socket.socket.sendall(b"".join(socket.protocol.data_to_send()))
        elif end == "cut":
            running.cut(1.0, believed=False)
        told = hear(observer)["requestContext"]
    expected = {"goodbye": (4001, "enough"), "none": (1005,), "cut": (1006,), "idle": (1001, "Going away")}[end]
    assert (told["eventType"], told["routeKey"]) == ("DISCONNECT", "$disconnect")
    assert (told["disconnectStatusCode"], told["disconnectReason"])[: len(expected)] == expected
