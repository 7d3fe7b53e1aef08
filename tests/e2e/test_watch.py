"""`make watch ENV=local`: what people do is in the figures, from the functions of both kinds."""

import json
import time
from typing import Any

import pytest

from infra.local.stack import User
from infra.operate import watch
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment

pytestmark = pytest.mark.gateway_only


def test_messages_deliveries_and_refusals_are_counted(
    local: Deployment,
    alice: User,
    bob: User,
    dial: Dial,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    assert local.local is not None
    monkeypatch.setenv("PARLEY_PORT", local.local.endpoint.rpartition(":")[2])

    def look() -> dict[str, Any]:
        assert watch.main(["local", "--json", "--minutes", "30"]) == 0
        return json.loads(capsys.readouterr().out)

    before = look()
    phone, _ = dial(alice), dial(bob)
    for n in range(3):
        assert phone.ask("send", to=bob.id, after=n, body={"text": "hello"})["type"] == "ack"
    assert phone.ask("send", to=bob.id, after=0, body={"text": "x" * 9000})["type"] == "error"
    assert local.local.settled(30)
    until = time.monotonic() + 15  # the embedded AWS keeps the notifier's lines a moment after it has answered
    while (after := look())["figures"]["Notified"] < before["figures"]["Notified"] + 3:
        assert time.monotonic() < until
        time.sleep(0.5)
    more = {name: after["figures"][name] - before["figures"][name] for name in ("Connects", "Sends", "Redeliveries")}
    assert more == {"Connects": 2, "Sends": 3, "Redeliveries": 3}, "Bob's app confirms nothing"
    assert after["refusals"]["bad_request"] == before["refusals"].get("bad_request", 0) + 1
    assert after["dead_letters"].keys() == {"Undelivered", "FailedUploads"}
    assert after["figures"]["message p99"] is None
