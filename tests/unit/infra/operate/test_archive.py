"""`make archive`: older conversations are scheduled, once, and only where something archives."""

import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.environment import load
from infra.operate import archive
from parley.archive.aws.schedule import DynamoSchedule
from parley.archive.model import SHARDS, Due
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.model import ConversationSummary
from tests import tables


class Place:
    def __init__(self, days: int, client: Any) -> None:
        self.environment = load("dev").model_copy(update={"archive_after_days": days})
        self.outputs = {"DirectoryTable": "Directory"}
        self.client = lambda _: client


def due(schedule: DynamoSchedule) -> set[Due]:
    return {d for shard in range(SHARDS) for d in schedule.due(shard, 10**14, None, 99)}


def test_every_conversation_is_scheduled_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        tables.create(client, "Log", "Directory")
        directory, schedule = DynamoDirectory(client, "Directory"), DynamoSchedule(client, "Directory")
        names = [f"dm:alice:user{n}" for n in range(5)]
        for name in names:
            directory.upsert_user(name[-5:], "consumer", "somebody")
            directory.advance_summary(ConversationSummary(name, 1, 1, 1, "alice", "hi"))
        schedule.begin(names[0], 7)
        monkeypatch.setattr(archive, "find", lambda _: Place(180, client))
        assert archive.main(["dev", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"conversations": 5}
        first = due(schedule)
        assert {d.conversation for d in first} == set(names)
        assert Due(names[0], 7) in first
        assert archive.main(["dev"]) == 0
        assert due(schedule) == first


def test_where_nothing_archives_it_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(archive, "find", lambda _: Place(0, None))
    assert archive.main(["dev"]) == 1
    assert capsys.readouterr().err == (
        "archive: dev archives nothing: set archive_after_days in its file, and deploy\n"
    )
