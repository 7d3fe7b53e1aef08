"""Make tables as they were: new ones beside those that are there, with everything that a restore leaves out.

DynamoDB restores to a new table only, and does not set its stream, its time to live, its point-in-time recovery or its
tags ("Restoring a DynamoDB table to a point in time" in the DynamoDB developer guide). Both tables are restored to the
same second, because what one says of the other has to be true.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from infra import templates
from infra.recovery.settings import Tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LATEST = "latest"
_KINDS = ("log", "directory")
_LIMIT_S = 24 * 3600.0

Say = Callable[[str], None]


class CannotRestore(Exception):
    """There is nothing to restore from. The message is one readable line."""


class Wanted(NamedTuple):
    """What is restored for an environment.

    Attributes:
        environment: its name, which the new tables' names begin with.
        sources: the tables' present names, the Log's first. They need not exist any more if there are backups.
        recorded: whether the Directory has a stream, too.
        protect: whether the new tables are protected from deletion.
        key: the ARN of the KMS key that encrypts them; empty for DynamoDB's own.
    """

    environment: str
    sources: tuple[str, str]
    recorded: bool
    protect: bool
    key: str = ""


class Clients(NamedTuple):
    """What is asked, and how often (in seconds). ``backup`` is a client of AWS Backup."""

    dynamodb: "DynamoDBClient"
    backup: Any
    poll: float = 10.0


def moment(text: str, clients: Clients, sources: Sequence[str]) -> datetime:
    """Return the time to restore to, if both tables can be restored to it. ``latest`` is the last such time.

    Raises:
        CannotRestore: it is no time, or no table can be restored to it.
    """
    spans = [_span(clients.dynamodb, source) for source in sources]
    earliest, latest = max(first for first, _ in spans), min(last for _, last in spans)
    if text == LATEST:
        return latest
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CannotRestore(f"{text!r} is no time like 2026-11-30T12:00:00Z, and not {LATEST!r}") from None
    if at.tzinfo is None:
        raise CannotRestore(f"{text} says no time zone; in UTC it would be {text}Z")
    if not earliest <= at <= latest:
        raise CannotRestore(f"{text} is not between {_said(earliest)} and {_said(latest)}")
    return at


def to_moment(wanted: Wanted, at: datetime, clients: Clients, say: Say) -> Tables:
    """Restore both tables to their state at that time, by point-in-time recovery."""

    def begin(kind: str, source: str, target: str) -> None:
        say(f"{kind}: {source} as of {_said(at)} becomes {target}")
        clients.dynamodb.restore_table_to_point_in_time(
            SourceTableName=source,
            TargetTableName=target,
            RestoreDateTime=at,
            BillingModeOverride="PAY_PER_REQUEST",
            **_encryption(wanted),
        )

    return _made(wanted, begin, clients, say)


def from_backups(wanted: Wanted, backups: tuple[str, str], role: str, clients: Clients, say: Say) -> Tables:
    """Restore both tables from backups: DynamoDB's own, or AWS Backup's recovery points, which need a ``role``.

    Raises:
        CannotRestore: AWS Backup could not restore one of them.
    """
    jobs: list[str] = []

    def begin(kind: str, _: str, target: str) -> None:
        arn = backups[_KINDS.index(kind)]
        say(f"{kind}: {arn} becomes {target}")
        if arn.split(":")[2] == "backup":
            metadata = {"targetTableName": target, "encryptionType": "Default"}
            if wanted.key:
                metadata |= {"encryptionType": "KMS", "kmsMasterKeyArn": wanted.key}
            job = clients.backup.start_restore_job(
                RecoveryPointArn=arn, IamRoleArn=role, Metadata=metadata, ResourceType="DynamoDB"
            )
            jobs.append(job["RestoreJobId"])
            return
        clients.dynamodb.restore_table_from_backup(
            BackupArn=arn, TargetTableName=target, BillingModeOverride="PAY_PER_REQUEST", **_encryption(wanted)
        )

    return _made(wanted, begin, clients, say, lambda: _finish(jobs, clients))


def last_backups(dynamodb: "DynamoDBClient", sources: Sequence[str]) -> tuple[str, str]:
    """Return the newest backup of each table. DynamoDB makes one itself when a table with point-in-time recovery is
    deleted, and keeps it for 35 days.

    Raises:
        CannotRestore: one of them has none.
    """
    found = []
    for source in sources:
        backups = dynamodb.list_backups(TableName=source, BackupType="ALL")["BackupSummaries"]
        whole = [b for b in backups if b["BackupStatus"] == "AVAILABLE"]
        if not whole:
            raise CannotRestore(f"{source} has no backup")
        found.append(max(whole, key=lambda b: b["BackupCreationDateTime"])["BackupArn"])
    return found[0], found[1]


def _made(
    wanted: Wanted,
    begin: Callable[[str, str, str], None],
    clients: Clients,
    say: Say,
    wait: Callable[[], None] = lambda: None,
) -> Tables:
    stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    targets = {kind: f"parley-{wanted.environment}-{kind}-{stamp}" for kind in _KINDS}
    for kind, source in zip(
        _KINDS, wanted.sources, strict=True
    ):  # both at once, as they take as long as they are large
        begin(kind, source, targets[kind])
    wait()
    labels = {}
    declared = templates.load().nested["data.yaml"]["Resources"]
    for kind, target in targets.items():
        _until_active(clients, target)
        say(f"{kind}: {target} is there; its settings follow")
        labels[kind] = _complete(clients, target, declared[kind.title()]["Properties"], wanted)
    return Tables(
        log=targets["log"],
        log_stream=labels["log"],
        directory=targets["directory"],
        directory_stream=labels["directory"],
    )


def _complete(clients: Clients, table: str, declared: Mapping[str, Any], wanted: Wanted) -> str:
    """Set what a restore leaves out, as the template declares it, and return the stream's label, if it has one."""
    dynamodb = clients.dynamodb
    stream = declared["StreamSpecification"]
    if "Fn::If" in stream:
        stream = stream["Fn::If"][1] if wanted.recorded else None
    if stream:
        specification = {"StreamEnabled": True, **stream}
        dynamodb.update_table(TableName=table, StreamSpecification=specification)  # type: ignore[arg-type]
        _until_active(clients, table)
    if to_live := declared.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=to_live)
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    if wanted.protect:
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
        _until_active(clients, table)
    described = dynamodb.describe_table(TableName=table)["Table"]
    dynamodb.tag_resource(
        ResourceArn=described["TableArn"], Tags=[{"Key": "parley:environment", "Value": wanted.environment}]
    )
    return described.get("LatestStreamLabel", "")


def _until_active(clients: Clients, table: str) -> None:
    until = time.monotonic() + _LIMIT_S
    while time.monotonic() < until:
        try:
            described = clients.dynamodb.describe_table(TableName=table)["Table"]
        except clients.dynamodb.exceptions.ResourceNotFoundException:  # AWS Backup makes it a moment later
            described = {}
        indexes = [i.get("IndexStatus", "ACTIVE") for i in described.get("GlobalSecondaryIndexes", [])]
        if described.get("TableStatus") == "ACTIVE" and set(indexes) <= {"ACTIVE"}:
            return
        time.sleep(clients.poll)
    raise CannotRestore(f"{table} is not there after a day")


def _finish(jobs: Sequence[str], clients: Clients) -> None:
    for job in jobs:
        while (told := clients.backup.describe_restore_job(RestoreJobId=job))["Status"] in ("PENDING", "RUNNING"):
            time.sleep(clients.poll)
        if told["Status"] != "COMPLETED":
            raise CannotRestore(f"AWS Backup: {told.get('StatusMessage', told['Status'])}")


def _span(dynamodb: "DynamoDBClient", table: str) -> tuple[datetime, datetime]:
    try:
        told = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    except (dynamodb.exceptions.TableNotFoundException, dynamodb.exceptions.ResourceNotFoundException):
        raise CannotRestore(f"there is no table {table} any more; without AT, it is restored from its backup") from None
    recovery = told.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        raise CannotRestore(f"{table} has no point-in-time recovery")
    return recovery["EarliestRestorableDateTime"], recovery["LatestRestorableDateTime"]


def _encryption(wanted: Wanted) -> dict[str, Any]:
    if not wanted.key:
        return {}
    return {"SSESpecificationOverride": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": wanted.key}}


def _said(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
