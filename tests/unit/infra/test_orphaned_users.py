"""Users whom Cognito no longer has are found and erased, and nobody else is."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from infra import orphaned_users
from parley.accounts.aws.accounts import DynamoAccounts
from parley.accounts.model import DeletionRequest
from parley.chat.aws.directory import DynamoDirectory
from parley.core.errors import BadRequest, Forbidden, NotFound
from tests import tables

NOW = 1_795_417_200_000


class Place(NamedTuple):
    cognito: Any
    pool: str
    dynamodb: Any
    accounts: DynamoAccounts
    ada: str
    """Ada has an account at Cognito; Bea and Cem have none, and Cem is leaving."""

    def found(self) -> list[str]:
        return orphaned_users.find(self.cognito, self.pool, self.dynamodb, "Directory")

    def erase(self, user: str) -> DeletionRequest:
        return orphaned_users.erase(user, NOW, self.cognito, self.pool, self.accounts)


@pytest.fixture
def place() -> Iterator[Place]:
    with mock_aws():
        cognito, dynamodb = boto3.client("cognito-idp", "us-east-1"), boto3.client("dynamodb", "us-east-1")
        pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
        given = cognito.admin_create_user(UserPoolId=pool, Username="ada@example.com")["User"]["Attributes"]
        (ada,) = [a["Value"] for a in given if a["Name"] == "sub"]
        tables.create(dynamodb, "Log", "Directory")
        directory, accounts = DynamoDirectory(dynamodb, "Directory"), DynamoAccounts(dynamodb, "Directory")
        for user in (ada, "bea", "cem"):
            directory.upsert_user(user, "consumer", "")
            directory.block(user, "dan")
        accounts.leave(DeletionRequest("cem", "cem", NOW, NOW))
        yield Place(cognito, pool, dynamodb, accounts, ada)


def test_who_is_known_and_not_in_the_pool_is_found_unless_they_are_leaving(place: Place):
    assert place.found() == ["bea"]


def test_who_is_gone_is_due_to_be_erased_at_once(place: Place):
    assert place.erase("bea").due == NOW
    assert [n.user for n in place.accounts.due(NOW, None, 5)] == ["bea", "cem"]
    assert place.found() == []


def test_nobody_else_is(place: Place):
    for user, error in ((place.ada, Forbidden), ("nobody", NotFound), ('" or', BadRequest)):
        with pytest.raises(error):
            place.erase(user)
    assert [n.user for n in place.accounts.due(NOW, None, 5)] == ["cem"]
