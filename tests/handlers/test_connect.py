"""$connect and $disconnect."""

import json

import pytest

from parley.core.errors import Unavailable
from parley.runtime.telemetry import Telemetry
from realtime.connect import connect
from realtime.disconnect import disconnect
from tests.handlers import events
from tests.unit.chat.world import World

NOW = 1_795_417_200_000


def test_connecting_records_the_socket_and_echoes_the_protocol(world: World, telemetry: Telemetry):
    response = connect(events.connected("parley.v1, a.b.c"), world.directory, world.sockets, telemetry, NOW)
    assert response == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "parley.v1"}}
    [connection] = world.stored.users["alice"].connections
    assert (connection.id, connection.device, connection.at) == (events.CONNECTION, "phone", NOW)


@pytest.mark.parametrize("offered", ["", "other.v1"])
def test_a_protocol_that_was_not_offered_is_not_echoed(world: World, telemetry: Telemetry, offered: str):
    response = connect(events.connected(offered), world.directory, world.sockets, telemetry, NOW)
    assert response == {"statusCode": 200}


def test_a_socket_that_cannot_be_recorded_does_not_open(world: World, telemetry: Telemetry):
    def fail(*_: object) -> None:
        raise Unavailable("throttled")

    world.stored.add_connection = fail
    assert connect(events.connected(), world.directory, world.sockets, telemetry, NOW) == {"statusCode": 503}


def test_disconnecting_forgets_the_socket_and_twice_is_no_harm(world: World, telemetry: Telemetry):
    connect(events.connected(), world.directory, world.sockets, telemetry, NOW)
    for _ in range(2):
        assert disconnect(events.disconnected(), world.directory, telemetry, NOW + 5)["statusCode"] == 200
    assert (world.stored.users["alice"].connections, world.stored.users["alice"].seen) == ((), NOW + 5)


def test_no_token_is_logged(world: World, telemetry: Telemetry, capsys: pytest.CaptureFixture[str]):
    event = events.connected("parley.v1, header.payload.signature")
    connect(event, world.directory, world.sockets, telemetry, NOW)
    line = capsys.readouterr().out
    assert json.loads(line)["connection"] == events.CONNECTION
    assert "header.payload.signature" not in line
