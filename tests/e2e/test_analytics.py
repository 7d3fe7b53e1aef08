"""What happens in a Parley on this machine is recorded by the deployed function, and counted by the report."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra.analytics import __main__ as report
from infra.local import demo
from infra.local.stack import Local, _Silence, running


@pytest.fixture(scope="module")
def parley() -> Iterator[Local]:
    with running(analytics=True) as local:
        asyncio.run(demo.show(local, demo.create_pair(local), _Silence()))
        yield local


def counted(parley: Local, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    monkeypatch.setenv("PARLEY_PORT", parley.endpoint.rpartition(":")[2])
    capsys.readouterr()
    assert report.main(["local", "--days", "2", "--json"]) == 0  # two, for a run across midnight
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)
    return figures


@pytest.mark.gateway_only
def test_a_conversation_is_counted(parley: Local, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    until = time.monotonic() + 60
    while True:
        figures = counted(parley, monkeypatch, capsys)
        (funnel,) = figures["delivery_funnel"]
        if funnel == {"sent": 4, "delivered": 4, "was_read": 4} and figures["pushes_per_day"]:
            break
        assert time.monotonic() < until, funnel
        time.sleep(2)
    assert sum(day["conversations"] for day in figures["conversations_started"]) == 1
    (answer,) = figures["first_response"]
    assert (answer["conversations"], answer["answered"], answer["within_1h"]) == (1, 1, 1)
    assert figures["active_users"][-1]["mau"] == 2
    assert sum(day["pushes"] for day in figures["pushes_per_day"]) == 1
    assert max(day["peak"] for day in figures["peak_connections"]) >= 2


def test_nothing_of_it_names_anyone_or_says_what_was_said(parley: Local):
    files = list((report.BUILD / "analytics" / "local").rglob("*.parquet"))
    assert files
    text = b"".join(path.read_bytes() for path in files)
    users = [row["pk"]["S"] for row in parley.dynamodb.scan(TableName=parley.outputs["DirectoryTable"])["Items"]]
    ids = {name.removeprefix("U#") for name in users if name.startswith("U#")}
    assert len(ids) >= 2
    assert not [name for name in (*ids, "Friday", "contract", "Ada", "Ben") if name.encode() in text]
