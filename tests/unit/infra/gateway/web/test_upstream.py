"""An invocation is told once, at its end, with the calls that it made."""

import asyncio
import json
from typing import Any

import pytest

from infra.local.gateway.functions.invocation import Answer, Failure
from infra.local.gateway.web import upstream
from infra.local.gateway.web.upstream import Upstream

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


def event(action: str) -> bytes:
    context = {
        "routeKey": "$default",
        "eventType": "MESSAGE",
        "connectionId": "c=",
        "authorizer": {"principalId": "ada"},
    }
    return json.dumps({"requestContext": context, "body": json.dumps({"action": action, "body": "secret"})}).encode()


def told(failure: Failure | None, *calls: int) -> dict[str, Any]:
    async def scene() -> dict[str, Any]:
        made = Upstream("http://127.0.0.1:9", "secret")
        items: list[dict[str, Any]] = []
        made.log.add = items.append
        answer = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(made.invoked("f", event("send"), "r", answer))
        for at in calls:
            made.called("r", {"at": at})
        made.called("another", {"at": 0})
        await asyncio.sleep(0)
        assert items == []
        answer.set_result(Answer(b"{}", failure))
        await running
        [item] = items
        return item

    return asyncio.run(scene())


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(upstream, "_SETTLE", 0)


def test_an_invocation_has_its_route_its_user_and_its_calls_in_order():
    item = told(None, 2, 1)
    assert (item["function"], item["route"], item["connection"], item["user"]) == ("f", "send", "c=", "ada")
    assert [call["at"] for call in item["calls"]] == [1, 2]
    assert item["error"] is None
    assert "secret" not in json.dumps(item)


def test_a_failure_is_told():
    assert told(Failure.TIMED_OUT)["error"] == Failure.TIMED_OUT.value


@pytest.mark.parametrize("frame", ["no json", "[]", '{"action": 7}', '{"action": "a b<script>"}', None])
def test_a_frame_without_a_sane_action_is_the_default_route(frame):
    assert upstream._action(frame) == "$default"
