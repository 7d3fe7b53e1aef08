"""Tables are restored whole, with what DynamoDB leaves out (moto's DynamoDB)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.deploy import destroy, second_region
from infra.environment import UnknownEnvironment, load
from infra.recovery import restore, tables
from infra.recovery.settings import Recovery, Tables
from infra.recovery.tables import CannotRestore, Clients, Wanted
from tests import tables as declared
from tests.unit.infra.stub import status

SOURCES = ("log", "directory")
ENTRY = {"conversation": {"S": "dm:ana:ben"}, "seq": {"N": "1"}, "text": {"S": "hi"}}
USER = {"pk": {"S": "U#ana"}, "sk": {"S": "REACH"}}


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", "us-east-1")
        declared.create(client, *SOURCES)
        for table in SOURCES:
            client.update_continuous_backups(
                TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        client.put_item(TableName="log", Item=ENTRY)
        client.put_item(TableName="directory", Item=USER)
        yield client


def clients(dynamodb: Any, backup: Any = None) -> Clients:
    return Clients(dynamodb, backup, poll=0)


def wanted(**changes: Any) -> Wanted:
    return Wanted("dev", SOURCES, recorded=False, protect=True)._replace(**changes)


def test_both_tables_are_restored_with_what_dynamodb_leaves_out(dynamodb: Any):
    said: list[str] = []
    at = tables.moment("latest", clients(dynamodb), SOURCES)
    made = tables.to_moment(wanted(), at, clients(dynamodb), said.append)
    assert dynamodb.scan(TableName=made.log)["Items"] == [ENTRY]
    assert dynamodb.scan(TableName=made.directory)["Items"] == [USER]
    log, directory = (dynamodb.describe_table(TableName=t)["Table"] for t in (made.log, made.directory))
    assert log["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert made.log_stream == log["LatestStreamLabel"]
    assert made.directory_stream == ""
    assert "StreamSpecification" not in directory or not directory["StreamSpecification"].get("StreamEnabled")
    assert {i["IndexName"] for i in directory["GlobalSecondaryIndexes"]} == {"inbox", "listed"}
    to_live = dynamodb.describe_time_to_live(TableName=made.directory)["TimeToLiveDescription"]
    assert to_live == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    for table in (log, directory):
        told = dynamodb.describe_continuous_backups(TableName=table["TableName"])["ContinuousBackupsDescription"]
        assert told["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        assert table["DeletionProtectionEnabled"] is True
        tags = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
        assert {"Key": "parley:environment", "Value": "dev"} in tags
    assert len(said) == 4


def test_the_directory_has_its_stream_again_where_analytics_reads_it(dynamodb: Any):
    at = tables.moment("latest", clients(dynamodb), SOURCES)
    made = tables.to_moment(wanted(recorded=True, protect=False), at, clients(dynamodb), lambda _: None)
    directory = dynamodb.describe_table(TableName=made.directory)["Table"]
    assert directory["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert made.directory_stream == directory["LatestStreamLabel"]
    assert not directory.get("DeletionProtectionEnabled")


def test_a_table_that_was_dropped_comes_back_from_its_last_backup(dynamodb: Any):
    for table in SOURCES:
        dynamodb.create_backup(TableName=table, BackupName="old")
    dynamodb.put_item(TableName="log", Item={**ENTRY, "seq": {"N": "2"}})
    for table in SOURCES:
        dynamodb.create_backup(TableName=table, BackupName="last")
        dynamodb.delete_table(TableName=table)
    backups = tables.last_backups(dynamodb, SOURCES)
    made = tables.from_backups(wanted(), backups, "", clients(dynamodb), lambda _: None)
    assert [i["seq"]["N"] for i in dynamodb.scan(TableName=made.log)["Items"]] == ["1", "2"]
    assert made.log_stream


class Backup:
    """AWS Backup, which makes the tables itself."""

    def __init__(self, dynamodb: Any, end: str) -> None:
        self.dynamodb, self.end = dynamodb, end
        self.asked: list[dict[str, Any]] = []

    def start_restore_job(self, **asked: Any) -> dict[str, str]:
        self.asked.append(asked)
        source = SOURCES[len(self.asked) - 1]
        self.dynamodb.restore_table_to_point_in_time(
            SourceTableName=source, TargetTableName=asked["Metadata"]["targetTableName"], UseLatestRestorableTime=True
        )
        return {"RestoreJobId": str(len(self.asked))}

    def describe_restore_job(self, RestoreJobId: str) -> dict[str, str]:  # noqa: N803
        return {"Status": self.end, "StatusMessage": f"job {RestoreJobId} ended"}


POINTS = tuple(f"arn:aws:backup:us-east-1:123456789012:recovery-point:{n}" for n in (1, 2))


def test_copies_in_another_region_are_restored_by_aws_backup(dynamodb: Any):
    backup = Backup(dynamodb, "COMPLETED")
    made = tables.from_backups(wanted(), (POINTS[0], POINTS[1]), "role", clients(dynamodb, backup), lambda _: None)
    assert [(a["RecoveryPointArn"], a["IamRoleArn"]) for a in backup.asked] == [(p, "role") for p in POINTS]
    assert dynamodb.scan(TableName=made.log)["Items"] == [ENTRY]


def test_what_aws_backup_says_of_a_failure_is_passed_on(dynamodb: Any):
    backup = Backup(dynamodb, "FAILED")
    with pytest.raises(CannotRestore, match="job 1 ended"):
        tables.from_backups(wanted(), (POINTS[0], POINTS[1]), "role", clients(dynamodb, backup), lambda _: None)


@pytest.mark.parametrize("text", ["yesterday", "2026-11-30T12:00:00", "2001-01-01T00:00:00Z"])
def test_a_time_that_cannot_be_restored_to_is_refused_in_one_line(dynamodb: Any, text: str):
    with pytest.raises(CannotRestore) as refused:
        tables.moment(text, clients(dynamodb), SOURCES)
    assert text in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_time_is_the_same_for_both_tables():
    now = datetime.now(UTC)
    spans = {"log": (now - timedelta(days=2), now), "directory": (now - timedelta(days=1), now - timedelta(minutes=3))}

    def describe(TableName: str) -> Any:  # noqa: N803
        earliest, latest = spans[TableName]
        told = {"PointInTimeRecoveryStatus": "ENABLED"}
        told |= {"EarliestRestorableDateTime": earliest, "LatestRestorableDateTime": latest}  # type: ignore[dict-item]
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": told}}

    stub: Any = Clients(SimpleNamespace(describe_continuous_backups=describe), None)  # type: ignore[arg-type]
    assert tables.moment("latest", stub, SOURCES) == now - timedelta(minutes=3)
    with pytest.raises(CannotRestore):
        tables.moment((now - timedelta(days=1, hours=1)).isoformat(), stub, SOURCES)


def test_a_dropped_table_is_named_with_what_to_do(dynamodb: Any):
    dynamodb.delete_table(TableName="log")
    with pytest.raises(CannotRestore, match="without AT"):
        tables.moment("latest", clients(dynamodb), SOURCES)


def test_the_environments_file_names_the_new_tables_and_keeps_everything_else(tmp_path: Path):
    source = Path("infra/environments/dev.json")
    (tmp_path / "dev.json").write_text(source.read_text())
    made = Tables(log="parley-dev-log-1", log_stream="2026-11-30T12:00:00.000", directory="parley-dev-directory-1")
    restore.name_in_file("dev", made, tmp_path)
    environment = load("dev", tmp_path)
    assert environment.tables == made
    assert environment.model_copy(update={"tables": None}) == load("dev", source.parent)
    assert environment.parameters()["LogTable"] == "parley-dev-log-1"


@pytest.mark.parametrize(
    "arguments",
    [["local", "--at", "latest"], ["dev", "--log", "x"], ["dev", "--at", "latest", "--log", "x"], ["nowhere"]],
)
def test_what_makes_no_sense_is_refused_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert status(restore.main, arguments) in {1, 2}
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_second_region_gets_its_stack_before_the_environment(monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []

    def change(*given: Any) -> dict[str, str]:
        asked.append(given)
        return {"CopiesVault": "v"}

    monkeypatch.setattr(second_region, "clear", lambda *_: None)
    monkeypatch.setattr(second_region, "change", change)
    environment = load("dev").model_copy(update={"recovery": Recovery(region="eu-west-1", keep_days=7, lock="none")})
    said: list[str] = []
    told = second_region.prepared(boto3.Session(region_name="us-east-1"), environment, said.append)
    [(target, stack, body, parameters, _)] = asked
    assert (stack, target.cloudformation.meta.region_name, told) == (
        "parley-dev-copies",
        "eu-west-1",
        {"CopiesVault": "v"},
    )
    assert "BackupVault" in body["TemplateBody"]
    assert parameters == {"Environment": "dev", "KeepDays": "7", "Lock": "none", "PermissionsBoundaryArn": ""}
    assert said == ["preparing parley-dev-copies in eu-west-1"]
    assert second_region.prepared(boto3.Session(region_name="us-east-1"), load("dev"), said.append) == {}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"recovery": {"region": "us-east-1"}}, "the environment's own"),
        ({"recovery": {"region": "cn-north-1"}}, "nothing is copied"),
        ({"recovery": {"region": "eu-west-1", "lock": "strong"}}, "governance"),
        ({"tables": {"log": "a b", "log_stream": "", "directory": "d"}}, "tables"),
        (
            {"analytics": True, "tables": {"log": "log", "log_stream": "2026-01-01T00:00:00.000", "directory": "dir"}},
            "stream",
        ),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, changes: dict[str, Any], why: str):
    settings = json.loads(Path("infra/environments/dev.json").read_text()) | changes
    (tmp_path / "dev.json").write_text(json.dumps(settings))
    with pytest.raises(UnknownEnvironment, match=why):
        load("dev", tmp_path)


def test_what_is_outside_of_the_stack_is_named_when_it_is_destroyed():
    tables_of = Tables(log="parley-dev-log-1", log_stream="2026-11-30T12:00:00.000", directory="parley-dev-directory-1")
    environment = load("dev").model_copy(update={"recovery": Recovery(region="eu-west-1"), "tables": tables_of})
    copies, restored = destroy._elsewhere(environment)
    assert "parley-dev-copies in eu-west-1" in copies
    assert "parley-dev-log-1 and parley-dev-directory-1" in restored
    assert list(destroy._elsewhere(load("dev"))) == []
