"""API Gateway's quotas, set to small values."""

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.e2e.gateway.probing import Probes, ask, dial, gateway, hear

pytestmark = pytest.mark.gateway_only
KB = 1024


def code(socket: ClientConnection) -> int:
    """Wait until the socket is closed. Returns the close code."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(timeout=20)
    assert closed.value.rcvd
    return closed.value.rcvd.code


def padded(size: int) -> str:
    return '{"action": "echo", "do": "echo", "n": 1}'.ljust(size)


def test_a_frame_of_32_kb_is_taken_and_a_larger_one_closes_the_socket(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        socket.send(padded(32 * KB))
        assert hear(socket)["n"] == 1
        socket.send(padded(32 * KB + 1))
        assert code(socket) == 1009


def test_a_message_of_128_kb_is_taken_in_several_frames_and_a_larger_one_closes_the_socket(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        for size in (128 * KB, 128 * KB + 1):
            whole = padded(size)
            socket.send([whole[n : n + 32 * KB] for n in range(0, size, 32 * KB)])
            if size == 128 * KB:
                assert hear(socket)["n"] == 1
        assert code(socket) == 1009


def test_a_binary_frame_closes_the_socket(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        socket.send(b"{}")
        assert code(socket) == 1003


def test_a_ping_of_the_protocol_is_answered(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        assert socket.ping().wait(20)


def test_an_idle_socket_is_closed(probes: Probes):
    with gateway(probes.local, idle=0.3) as running, dial(running, probes.bare) as socket:
        assert code(socket) == 1001


def test_a_socket_in_use_is_closed_at_the_end_of_its_life(probes: Probes):
    with gateway(probes.local, lifetime=0.5) as running, dial(running, probes.bare) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                ask(socket)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1001
