"""Messages as API Gateway routes and answers them, and functions as Lambda runs them."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gateway.probing import Probes, ask, dial, gateway, hear

pytestmark = pytest.mark.gateway_only


def trouble(frame: dict[str, Any]) -> str:
    assert set(frame) == {"message", "connectionId", "requestId"}
    return str(frame["message"])


def test_a_message_takes_the_route_it_names(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        for action, route in {"echo": "echo", "other": "$default", "$connect": "$default", "": "$default"}.items():
            assert ask(socket, action, do="event")["requestContext"]["routeKey"] == route
        socket.send("not JSON")
        event = hear(socket)
        assert (event["requestContext"]["routeKey"], event["body"]) == ("$default", "not JSON")


def test_a_message_without_a_route_is_forbidden(probes: Probes):
    with dial(probes.local.gateway, probes.bare) as socket:
        assert trouble(ask(socket, "other")) == "Forbidden"
        assert ask(socket)["do"] == "echo"


def test_what_a_function_returns_is_sent_only_with_a_route_response(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        assert ask(socket, "echo", n=1)["n"] == 1
        socket.send(json.dumps({"action": "quiet", "do": "echo", "n": 2}))
        assert ask(socket, "echo", n=3)["n"] == 3
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.2)


def test_a_mock_answers_its_template(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        connection = ask(socket, do="event")["requestContext"]["connectionId"]
        assert ask(socket, "ping") == {"pong": connection}


@pytest.mark.parametrize("failing", ["raise", "exit", "nonsense"])
def test_a_function_that_fails_is_an_internal_error_and_the_next_message_is_answered(probes: Probes, failing: str):
    with dial(probes.local.gateway, probes.whole) as socket:
        assert trouble(ask(socket, do=failing)) == "Internal server error"
        assert ask(socket)["do"] == "echo"


def test_a_function_that_api_gateway_has_no_permission_to_invoke_is_an_internal_error(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        assert trouble(ask(socket, "closed")) == "Internal server error"


def test_a_function_that_exceeds_its_timeout_is_ended(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        process = ask(socket, "hasty", do="process")
        assert trouble(ask(socket, "hasty", do="sleep", s=60)) == "Internal server error"
        assert ask(socket, "hasty", do="process") != process


def test_an_integration_that_takes_too_long_is_given_up(probes: Probes):
    with gateway(probes.local, integration=0.3) as running, dial(running, probes.bare) as socket:
        assert trouble(ask(socket, do="sleep", s=2)) == "Endpoint request timed out"


def test_more_than_the_most_workers_wait_and_then_are_throttled(probes: Probes, tmp_path: Path):
    gate = tmp_path / "gate"
    with gateway(probes.local, workers=1, queue=0.5) as running, dial(running, probes.bare) as socket:
        socket.send(json.dumps({"action": "echo", "do": "wait", "for": str(gate), "n": 1}))
        assert trouble(ask(socket, n=2)) == "Internal server error"
        gate.touch()
        assert hear(socket)["n"] == 1


def test_frames_of_one_socket_are_handled_side_by_side(probes: Probes, tmp_path: Path):
    gate = tmp_path / "gate"
    with dial(probes.local.gateway, probes.whole) as socket:
        socket.send(json.dumps({"action": "echo", "do": "wait", "for": str(gate), "n": 1}))
        socket.send(json.dumps({"action": "echo", "do": "touch", "file": str(gate), "n": 2}))
        assert {hear(socket)["n"], hear(socket)["n"]} == {1, 2}


def test_a_worker_is_kept_for_the_next_message_and_has_its_own_roles_credentials(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        first, second = (ask(socket, "denied", do="context") for _ in range(2))
        assert ask(socket, "denied", do="process") == ask(socket, "denied", do="process")
    assert first["request"] != second["request"]
    assert first["name"] == "probe-denied"
    assert 0 < first["left"] <= 10_000
    assert ":assumed-role/probe-denied-role/" in first["role"]


def test_a_worker_without_work_is_ended(probes: Probes):
    with gateway(probes.local, keep=0.2) as running, dial(running, probes.bare) as socket:
        process = ask(socket, do="process")
        ended = threading.Event()
        for _ in range(100):
            if not sum(running.stats().workers.values()):
                break
            ended.wait(0.1)
        assert ask(socket, do="process") != process


def test_a_route_is_throttled(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        answers = [ask(socket, "once", n=1) for _ in range(2)]
    assert trouble(answers[1]) == "Too Many Requests"


def test_what_a_function_prints_is_in_its_log(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        ask(socket)
    assert "an echo\n" in (probes.local.place.path / "probe.log").read_text()
