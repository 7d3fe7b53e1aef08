"""The export of a user pool, and the end of every socket (moto's Cognito and DynamoDB)."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.recovery import export_users, reconnect
from parley.chat.aws.directory import DynamoDirectory
from parley.delivery.model import Connection
from parley.delivery.ports import Delivery
from tests import tables


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield


def test_every_user_is_exported_with_their_groups_to_a_file_for_its_owner_alone(aws: None, tmp_path: Path):
    cognito: Any = boto3.client("cognito-idp", "us-east-1")
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    cognito.create_group(UserPoolId=pool, GroupName="provider")
    for number in range(65):  # more than a page
        name = f"user-{number}@example.com"
        cognito.admin_create_user(
            UserPoolId=pool, Username=name, UserAttributes=[{"Name": "email", "Value": name}], MessageAction="SUPPRESS"
        )
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="user-7@example.com", GroupName="provider")
    path = tmp_path / "new" / "users.jsonl"
    assert export_users.write(export_users.users(cognito, pool), path) == 65
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({line["id"] for line in lines} - {""}) == 65
    assert [line["attributes"]["email"] for line in lines if line["groups"] == ["provider"]] == ["user-7@example.com"]
    assert "sub" not in lines[0]["attributes"]
    with pytest.raises(FileExistsError):
        export_users.write(iter(()), path)


class Sockets:
    def __init__(self, *stuck: str) -> None:
        self.stuck = stuck
        self.closed: list[str] = []

    def close(self, connections: list[str]) -> list[Delivery]:
        self.closed += connections
        return [Delivery.LATER if c in self.stuck else Delivery.DONE for c in connections]


def test_every_socket_that_a_directory_knows_is_closed(aws: None, capsys: pytest.CaptureFixture[str]):
    dynamodb = boto3.client("dynamodb", "us-east-1")
    tables.create(dynamodb, "log", "directory")
    directory = DynamoDirectory(dynamodb, "directory")
    for user in ("ana", "ben"):
        directory.upsert_user(user, "consumer", user)
        for device in ("phone", "laptop"):
            directory.add_connection(user, "consumer", Connection(f"{user}-{device}", device, at=1, expires=9))
    sockets: Any = Sockets("ben-phone")
    assert reconnect.close(reconnect.connections(dynamodb, "directory"), sockets) == (3, 1)
    assert sorted(sockets.closed) == ["ana-laptop", "ana-phone", "ben-laptop", "ben-phone"]
    assert capsys.readouterr().err
