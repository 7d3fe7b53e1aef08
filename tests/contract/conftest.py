"""Each port twice: in memory, and on the real thing (moto, or the DynamoDB of PARLEY_TEST_DYNAMODB_URL)."""

import os
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from chat.aws.devices import DynamoDevices
from chat.aws.directory import DynamoDirectory
from chat.aws.log import DynamoLog
from chat.aws.threads import Threads
from chat.memory import MemoryDevices, MemoryDirectory, MemoryLog
from chat.ports import Devices, Directory, Log
from tests import tables
from users.aws.data import DynamoData
from users.aws.profiles import DynamoProfiles
from users.memory import MemoryData, MemoryProfiles
from users.ports import Data, Profiles


class Storage(NamedTuple):
    log: Log
    directory: Directory

    profiles: Profiles
    devices: Devices
    data: Data


@pytest.fixture(params=["memory", "dynamodb"])
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    if request.param == "memory":
        directory = MemoryDirectory()
        yield Storage(
            MemoryLog(directory), directory, MemoryProfiles(directory), MemoryDevices(directory), MemoryData(directory)
        )
    else:
        yield from _dynamodb()


def _on(client: Any, log: str, directory: str) -> Storage:
    return Storage(
        DynamoLog(client, log, directory),
        DynamoDirectory(client, directory),
        DynamoProfiles(client, directory, Threads(2)),
        DynamoDevices(client, directory, Threads(2)),
        DynamoData(client, directory, Threads(2)),
    )


def _dynamodb() -> Iterator[Storage]:
    url = os.environ.get("PARLEY_TEST_DYNAMODB_URL")
    suffix = uuid.uuid4().hex[:8]
    names = f"Log-{suffix}", f"Directory-{suffix}"
    if url:
        client = boto3.client("dynamodb", endpoint_url=url)
        tables.create(client, *names)
        try:
            yield _on(client, *names)
        finally:
            for name in names:
                client.delete_table(TableName=name)
    else:
        with mock_aws():
            client = boto3.client("dynamodb")
            tables.create(client, *names)
            yield _on(client, *names)
