"""Each port twice: in memory, and on the real thing (moto, or the DynamoDB of PARLEY_TEST_DYNAMODB_URL)."""

import os
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import boto3
import pytest
from moto import mock_aws

from chat.aws import items, responses
from chat.aws.directory import DynamoDirectory
from chat.aws.log import DynamoLog
from chat.memory import MemoryDirectory, MemoryLog
from chat.ports import Directory, Log
from tests import tables


class Storage(NamedTuple):
    log: Log
    directory: Directory

    def block(self, user: str, other: str) -> None:
        """What the REST side will do."""
        if isinstance(self.directory, MemoryDirectory):
            self.directory.blocks.add((user, other))
        else:
            assert isinstance(self.directory, DynamoDirectory)
            item = items.block_key(user, other)
            self.directory._client.put_item(TableName=self.directory._table, Item=item)


@pytest.fixture(params=["memory", "dynamodb"])
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    if request.param == "memory":
        directory = MemoryDirectory()
        yield Storage(MemoryLog(directory), directory)
    else:
        yield from _dynamodb()


def _dynamodb() -> Iterator[Storage]:
    url = os.environ.get("PARLEY_TEST_DYNAMODB_URL")
    suffix = uuid.uuid4().hex[:8]
    names = f"Log-{suffix}", f"Directory-{suffix}"
    if url:
        client = boto3.client("dynamodb", endpoint_url=url)
        responses.take_plainly(client)  # as the functions do; but with parameter validation on
        tables.create(client, *names)
        try:
            yield Storage(DynamoLog(client, *names), DynamoDirectory(client, names[1]))
        finally:
            for name in names:
                client.delete_table(TableName=name)
    else:
        with mock_aws():
            client = boto3.client("dynamodb")
            responses.take_plainly(client)
            tables.create(client, *names)
            yield Storage(DynamoLog(client, *names), DynamoDirectory(client, names[1]))
