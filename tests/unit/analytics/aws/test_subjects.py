"""The keys of pseudonyms on DynamoDB: how often they are asked for, and that erasing a user erases theirs."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from parley.accounts.aws.accounts import DynamoAccounts
from parley.analytics.aws import subjects as module
from parley.analytics.aws.subjects import KEPT_S, DynamoSubjects
from parley.chat.aws.directory import DynamoDirectory
from parley.core.aws import responses
from parley.core.aws.threads import Threads
from tests import tables


class World:
    def __init__(self, client: Any) -> None:
        self.client = client
        self.now = 0.0
        self.directory = DynamoDirectory(client, "Directory")
        self.subjects = DynamoSubjects(client, "Directory", Threads(2), lambda: self.now)
        self.calls: list[str] = []
        client.meta.events.register("before-call.dynamodb", lambda model, **_: self.calls.append(model.name))

    def asked(self) -> list[str]:
        calls, self.calls[:] = list(self.calls), []
        return calls


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        responses.take_plainly(client)
        tables.create(client, "Log", "Directory")
        yield World(client)


def test_a_user_costs_one_write_in_their_life_and_a_read_in_ten_minutes(world: World):
    world.directory.upsert_user("alice", "consumer", "Alice")
    world.asked()
    world.subjects.subjects(["alice"])
    assert world.asked() == ["BatchGetItem", "UpdateItem"]
    world.now = KEPT_S - 1
    world.subjects.subjects(["alice"])
    assert world.asked() == []
    world.now = KEPT_S + 1
    world.subjects.subjects(["alice"])
    assert world.asked() == ["BatchGetItem"]


def test_what_is_kept_in_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_KEPT", 3)
    for n in range(5):
        world.directory.upsert_user(f"u{n}", "consumer", "")
        world.subjects.subjects([f"u{n}"])
    assert list(world.subjects._kept) == ["u2", "u3", "u4"]


def test_erasing_the_account_erases_the_key(world: World):
    world.directory.upsert_user("alice", "consumer", "Alice")
    (subject,) = world.subjects.subjects(["alice"]).values()
    assert subject.key in str(world.client.scan(TableName="Directory")["Items"])
    accounts = DynamoAccounts(world.client, "Directory")
    while accounts.erase("alice"):
        pass
    assert subject.key not in str(world.client.scan(TableName="Directory")["Items"])
    world.now = KEPT_S + 1
    assert world.subjects.subjects(["alice"]) == {}


def test_a_key_that_a_weak_read_has_missed_stays_as_it_is(world: World, monkeypatch: pytest.MonkeyPatch):
    world.directory.upsert_user("alice", "consumer", "Alice")
    first = world.subjects.subjects(["alice"])
    world.now = KEPT_S + 1
    monkeypatch.setattr(module, "batch_get", lambda *_, **__: [])
    assert world.subjects.subjects(["alice"]) == first
