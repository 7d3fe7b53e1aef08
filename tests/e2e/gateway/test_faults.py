"""The faults that tests can ask the gateway for, and that it continues to work after them."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from urllib.parse import urlsplit

import psutil
import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed

from infra.local.gateway.handle import Gateway
from infra.local.gateway.settings import Faults
from tests.e2e.gateway.probing import Probes, ask, connection_of, connections, dial, gateway

pytestmark = pytest.mark.gateway_only


@pytest.fixture
def troubled(probes: Probes) -> Iterator[Gateway]:
    """A gateway of its own, which a test may put in trouble."""
    with gateway(probes.local) as running:
        yield running


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_a_post_is_throttled(troubled: Gateway, probes: Probes):
    troubled.faults(Faults(post_throttle=1.0))
    with dial(troubled, probes.bare) as socket, pytest.raises(ClientError) as refused:
        connections(troubled, probes.bare).post_to_connection(ConnectionId=connection_of(socket), Data=b"x")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_frames_vanish(troubled: Gateway, probes: Probes):
    with dial(troubled, probes.bare) as socket:
        connection = connection_of(socket)
        troubled.faults(Faults(frame_loss=1.0))
        socket.send('{"action": "echo", "do": "echo"}')
        connections(troubled, probes.bare).post_to_connection(ConnectionId=connection, Data=b"x")
        troubled.faults(Faults())
        assert ask(socket, n=1)["n"] == 1


def test_workers_die_at_work_and_are_replaced(troubled: Gateway, probes: Probes):
    with dial(troubled, probes.bare) as socket:
        troubled.faults(Faults(worker_death=1.0))
        assert ask(socket, do="sleep", s=10)["message"] == "Internal server error"
        troubled.faults(Faults())
        assert ask(socket)["do"] == "echo"
        assert troubled.stats().deaths == 1


def test_workers_are_killed_and_replaced(troubled: Gateway, probes: Probes):
    with dial(troubled, probes.bare) as socket:
        process = ask(socket, do="process")
        assert troubled.kill_workers(10) == 1
        until(lambda: not troubled.stats().workers["probe"])
        assert ask(socket, do="process") != process


def test_the_process_that_workers_come_from_is_replaced(troubled: Gateway, probes: Probes):
    with dial(troubled, probes.bare) as socket:
        ask(socket)
        assert troubled._process
        for zygote in psutil.Process(troubled._process.pid).children():
            zygote.kill()
            until(partial(has_ended, zygote))
        troubled.kill_workers(10)
        until(lambda: not troubled.stats().workers["probe"])
        assert ask(socket)["do"] == "echo"


def test_a_disconnect_is_lost(troubled: Gateway, probes: Probes):
    troubled.faults(Faults(disconnect_loss=1.0))
    with dial(troubled, probes.whole):
        before = troubled.stats().invocations["probe"]
    until(lambda: troubled.stats().sockets == 0)
    assert troubled.stats().invocations["probe"] == before


def test_a_socket_that_is_cut_goes_on_as_a_ghost_where_it_is_believed(troubled: Gateway, probes: Probes):
    with dial(troubled, probes.bare) as socket:
        connection = connection_of(socket)
        assert troubled.cut(1.0) == 1
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)
    assert (troubled.stats().sockets, troubled.stats().ghosts) == (0, 1)
    client = connections(troubled, probes.bare)
    client.post_to_connection(ConnectionId=connection, Data=b"lost")
    client.delete_connection(ConnectionId=connection)
    until(lambda: troubled.stats().ghosts == 0)


def test_half_of_the_sockets_are_cut(troubled: Gateway, probes: Probes):
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(dial(troubled, probes.bare))
        assert troubled.cut(0.5, believed=False) == 2
        until(lambda: troubled.stats().sockets == 2)


def test_it_is_killed_and_serves_again_at_the_same_place_with_the_same_faults(troubled: Gateway, probes: Probes):
    troubled.faults(Faults(worker_death=0.0, disconnect_loss=1.0))
    with dial(troubled, probes.bare) as socket:
        ask(socket)
        troubled.restart()
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)
    with dial(troubled, probes.bare) as socket:
        assert ask(socket)["do"] == "echo"
    stats = troubled.stats()
    assert stats.invocations["probe"] == 1
    assert stats.rss_bytes > 1_000_000


@pytest.mark.parametrize("header", [{}, {"x-gateway-secret": "wrong"}])
def test_nobody_else_can_trouble_it(troubled: Gateway, header: dict[str, str]):
    place = urlsplit(troubled.endpoint)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    connection.request("PUT", "/_gateway/faults", json.dumps({"frame_loss": 1}), header)
    assert connection.getresponse().status == 403
    connection.close()
