"""The canary counts what came of an exchange, and sets an alarm off when two of three do not get through."""

import json

import pytest

from parley.canary import exchange
from parley.canary.memory import MemoryService
from parley.runtime import dependencies, telemetry
from tests.handlers.cloudwatch import CloudWatch
from workers.canary import sing

PERIOD_S = 300


def run(capsys: pytest.CaptureFixture[str], broken: str = "") -> tuple[bool, dict[str, object]]:
    service = MemoryService(broken=broken)
    ports = exchange.Ports(sign_ins=service, dialer=service)
    answer = sing(dependencies.Canary(ports=ports, telemetry=telemetry.Telemetry()), "m1")
    [line] = capsys.readouterr().out.splitlines()
    return answer["delivered"], json.loads(line)


def test_an_exchange_is_counted_with_its_times(capsys):
    delivered, line = run(capsys)
    assert delivered
    assert line["CanaryDelivered"] == 1
    assert "step" not in line


def test_a_failure_is_counted_with_its_step(capsys):
    delivered, line = run(capsys, "delivery")
    assert not delivered
    assert (line["CanaryFailures"], line["step"]) == (1, "the delivery: nothing came within 10 s")
    assert "CanaryDelivered" not in line


def test_two_lost_messages_of_three_are_an_alarm_and_so_is_silence(capsys):
    watch = CloudWatch(canary=True)

    def sung(at: int, broken: str = "") -> bool:
        service = MemoryService(broken=broken)
        ports = exchange.Ports(sign_ins=service, dialer=service)
        sing(dependencies.Canary(ports=ports, telemetry=telemetry.Telemetry()), f"m{at}")
        watch.take(capsys.readouterr().out.splitlines(), at * PERIOD_S + 10)
        return "canary" in watch.alarmed((at + 1) * PERIOD_S)

    assert [sung(n) for n in range(3)][-1] is False
    assert not sung(3, "ack")  # one, on its own
    assert sung(4, "ack")
    assert not [sung(n) for n in (5, 6)][-1]
    assert "canary" in watch.alarmed(9 * PERIOD_S)  # it has not run for two periods
