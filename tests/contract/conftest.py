"""Each port is tested twice: in memory, and on the real thing (moto, or the DynamoDB of PARLEY_TEST_DYNAMODB_URL)."""

import os
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from parley.accounts.aws.accounts import DynamoAccounts, DynamoExports
from parley.accounts.aws.conversations import DynamoConversations
from parley.accounts.aws.profiles import DynamoProfiles
from parley.accounts.aws.user_data import DynamoData
from parley.accounts.memory import MemoryAccounts, MemoryConversations, MemoryData, MemoryExports, MemoryProfiles
from parley.accounts.ports import Accounts, Conversations, Data, Exports, Profiles
from parley.analytics.aws.subjects import DynamoSubjects
from parley.analytics.memory import MemorySubjects
from parley.analytics.ports import Subjects
from parley.archive.aws.index import DynamoIndex, DynamoWaiters
from parley.archive.aws.schedule import DynamoSchedule
from parley.archive.memory import MemoryIndex, MemorySchedule, MemoryWaiters
from parley.archive.ports import Waiters
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.chat.aws.snapshots import DynamoLogSnapshots
from parley.chat.memory import MemoryDirectory, MemoryLog, MemoryLogSnapshots
from parley.chat.ports import LogSnapshots
from parley.core.aws import responses
from parley.core.aws.threads import Threads
from parley.delivery.aws.devices import DynamoDevices
from parley.delivery.memory import MemoryDevices
from parley.delivery.ports import Devices
from parley.media.aws.registry import DynamoMediaRegistry
from parley.media.memory import MemoryMediaRegistry
from parley.media.ports import MediaRegistry
from parley.moderation.aws.reports import DynamoReports
from parley.moderation.memory import MemoryReports
from parley.moderation.ports import Reports
from tests import tables
from tests.directory import Directory
from tests.ties import ReversedTies


class Storage(NamedTuple):
    log: MemoryLog | DynamoLog
    log_snapshots: LogSnapshots
    directory: Directory

    profiles: Profiles
    devices: Devices
    reports: Reports
    data: Data
    registry: MediaRegistry
    accounts: Accounts
    exports: Exports
    conversations: Conversations
    subjects: Subjects
    schedule: MemorySchedule | DynamoSchedule
    index: MemoryIndex | DynamoIndex
    waiters: Waiters


@pytest.fixture(params=["memory", "memory, ties reversed", "dynamodb"])
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    if request.param != "dynamodb":
        directory = MemoryDirectory() if request.param == "memory" else ReversedTies()
        log = MemoryLog(directory)
        profiles, data, exports = MemoryProfiles(directory), MemoryData(directory), MemoryExports(directory)
        schedule = MemorySchedule()
        index = MemoryIndex(schedule)
        yield Storage(
            log,
            MemoryLogSnapshots(log, directory),
            directory,
            profiles,
            MemoryDevices(directory),
            MemoryReports(),
            data,
            MemoryMediaRegistry(directory),
            MemoryAccounts(directory, [profiles.erase, data.erase, exports.erase]),
            exports,
            MemoryConversations(log, directory, [index.erase]),
            MemorySubjects(directory),
            schedule,
            index,
            MemoryWaiters(),
        )
    else:
        yield from _dynamodb()


def _on(client: Any, log: str, directory: str) -> Storage:
    return Storage(
        DynamoLog(client, log, directory),
        DynamoLogSnapshots(client, log, directory),
        DynamoDirectory(client, directory),
        DynamoProfiles(client, directory, Threads(2)),
        DynamoDevices(client, directory, Threads(2)),
        DynamoReports(client, directory),
        DynamoData(client, directory, Threads(2)),
        DynamoMediaRegistry(client, directory),
        DynamoAccounts(client, directory),
        DynamoExports(client, directory),
        DynamoConversations(client, log, directory),
        DynamoSubjects(client, directory, Threads(2)),
        DynamoSchedule(client, directory),
        DynamoIndex(client, directory),
        DynamoWaiters(client, directory),
    )


def _dynamodb() -> Iterator[Storage]:
    url = os.environ.get("PARLEY_TEST_DYNAMODB_URL")
    suffix = uuid.uuid4().hex[:8]
    names = f"Log-{suffix}", f"Directory-{suffix}"
    if url:
        client = boto3.client("dynamodb", endpoint_url=url)
        responses.take_plainly(client)  # as the functions do, but with parameter validation on
        tables.create(client, *names)
        try:
            yield _on(client, *names)
        finally:
            for name in names:
                client.delete_table(TableName=name)
    else:
        with mock_aws():
            client = boto3.client("dynamodb")
            responses.take_plainly(client)
            tables.create(client, *names)
            yield _on(client, *names)
