"""What is kept for recovery: copies in a second Region, by parameter, and restored tables in place of the own."""

import json

import pytest

from infra import templates
from infra.environment import load
from infra.recovery.settings import Recovery, Tables
from tests.unit.infra.templates.whole import (
    ACCOUNT,
    OFF,
    RESOURCES,
    ROLES,
    TABLES,
    as_list,
    evaluated,
    of_own_tables,
    of_type,
    there,
)

THERE = templates.parse((templates.ROOT.parents[1] / "recovery.yaml").read_text())
COPIED = {**OFF, "Environment": "prod", **Recovery(region="eu-west-1").parameters()}
KINDS = ("AWS::Backup::BackupVault", "AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection")
OF_REGION = {**ACCOUNT, "AWS::Region": "eu-west-1", "Environment": "prod", "KeepDays": "14", "Lock": "governance"}


def second_region(**parameters):
    """The resources of the second Region's stack, with its own conditions."""
    given = {**OF_REGION, **parameters}
    conditions = {n: evaluated(c, given) for n, c in THERE["Conditions"].items() if n != "Bounded"}

    def chosen(value):
        match value:
            case {"Fn::If": [name, yes, no]}:
                return chosen(yes if conditions.get(name) else no)
            case dict():
                return {k: chosen(v) for k, v in value.items()}
            case list():
                return [chosen(v) for v in value]
        return value

    return {name: evaluated(chosen(r["Properties"]), given) for name, r in THERE["Resources"].items()}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_can_be_restored_to_any_second_of_the_last_35_days(table):
    assert TABLES[table]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_without_a_second_region_nothing_is_copied_and_nothing_bills():
    ours = {name for name, r in RESOURCES.items() if r["Type"] in KINDS} | {"BackupRole", "ReplicationRole"}
    assert len(ours) == 5
    assert not ours & there(OFF)
    assert ours <= there(COPIED)
    assert "ReplicationConfiguration" not in evaluated(RESOURCES["Media"]["Properties"], OFF)


def test_the_plan_copies_both_tables_to_the_vault_of_the_second_region():
    [plan], [selection] = of_type(KINDS[1]).values(), of_type(KINDS[2]).values()
    [rule] = evaluated(plan, COPIED)["BackupPlan"]["BackupPlanRule"]
    [copy] = rule["CopyActions"]
    vault = second_region()["Copies"]["BackupVaultName"]
    assert copy["DestinationBackupVaultArn"] == f"arn:aws:backup:eu-west-1:123456789012:backup-vault:{vault}"
    assert str(copy["Lifecycle"]["DeleteAfterDays"]) == "14"
    assert rule["ScheduleExpression"] == "cron(20 3 * * ? *)"
    own = of_own_tables(selection["BackupSelection"]["Resources"])
    assert own == [{"Fn::GetAtt": ["Log", "Arn"]}, {"Fn::GetAtt": ["Directory", "Arn"]}]


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("none", None),
        ("governance", {"MinRetentionDays": "14"}),
        ("compliance", {"MinRetentionDays": "14", "ChangeableForDays": 3}),
    ],
)
def test_copies_are_locked_as_far_as_the_environment_says(lock, wanted):
    assert second_region(Lock=lock)["Copies"].get("LockConfiguration") == wanted


def test_media_are_replicated_to_the_bucket_of_the_second_region_and_what_is_erased_is_erased_there():
    media = evaluated(RESOURCES["Media"]["Properties"], COPIED)
    copy = second_region()["MediaCopy"]
    [rule] = media["ReplicationConfiguration"]["Rules"]
    assert rule["Destination"]["Bucket"] == f"arn:aws:s3:::{copy['BucketName']}"
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
    assert copy["VersioningConfiguration"] == media["VersioningConfiguration"]
    assert copy["LifecycleConfiguration"] == media["LifecycleConfiguration"]
    assert len(f"parley-{'e' * 20}-archive-{'1' * 12}-ap-southeast-2") <= 63, "the longest name of a bucket"


def test_packs_of_old_messages_are_replicated_too():
    archive = evaluated(RESOURCES["Archive"]["Properties"], COPIED)
    copy = second_region()["ArchiveCopy"]
    [rule] = archive["ReplicationConfiguration"]["Rules"]
    assert rule["Destination"] == {"Bucket": f"arn:aws:s3:::{copy['BucketName']}", "StorageClass": "DEEP_ARCHIVE"}
    assert archive["VersioningConfiguration"] == copy["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "ReplicationConfiguration" not in evaluated(RESOURCES["Archive"]["Properties"], OFF)


def test_only_the_two_services_may_copy_and_only_what_is_copied():
    replicates = evaluated(ROLES["ReplicationRole"], COPIED)["Policies"][0]["PolicyDocument"]["Statement"]
    buckets = [resource for s in replicates for resource in as_list(s["Resource"])]
    names = [evaluated(RESOURCES[name]["Properties"]["BucketName"], COPIED) for name in ("Media", "Archive")]
    sources = [f"arn:aws:s3:::{name}" for name in names]
    assert buckets == [
        *(*sources, *(f"{source}/*" for source in sources)),
        "arn:aws:s3:::parley-prod-*-123456789012-eu-west-1/*",
    ]
    for role, service in (("ReplicationRole", "s3"), ("BackupRole", "backup")):
        [statement] = ROLES[role]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert "aws:SourceAccount" in json.dumps(statement["Condition"])


def test_a_restored_table_takes_the_place_of_the_own_one_everywhere_and_the_own_one_stays():
    tables = Tables(log="parley-prod-log-1", log_stream="2026-11-30T12:00:00.000", directory="parley-prod-directory-1")
    restored = {**OFF, **tables.parameters()}
    variables = [
        evaluated(r["Properties"]["Environment"]["Variables"], restored)
        for r in RESOURCES.values()
        if r["Type"] == templates.FUNCTION and "Environment" in r["Properties"]
    ]
    assert {v["LOG_TABLE"] for v in variables if "LOG_TABLE" in v} == {"parley-prod-log-1"}
    assert {v["DIRECTORY_TABLE"] for v in variables if "DIRECTORY_TABLE" in v} == {"parley-prod-directory-1"}
    [notifier] = [s for n, s in of_type("AWS::Lambda::EventSourceMapping").items() if n == "NotifierSource"]
    assert evaluated(notifier, restored)["EventSourceArn"] == (
        "arn:aws:dynamodb:eu-central-1:123456789012:table/parley-prod-log-1/stream/2026-11-30T12:00:00.000"
    )
    [own] = [
        r
        for s in evaluated(ROLES["MessageRole"], restored)["Policies"][0]["PolicyDocument"]["Statement"]
        for r in as_list(s["Resource"])
        if isinstance(r, str) and r.endswith("log-1")
    ]
    assert own == "arn:aws:dynamodb:eu-central-1:123456789012:table/parley-prod-log-1"
    assert set(TABLES) == {"Log", "Directory"}
    assert not {"Log", "Directory"} & {n for n, r in RESOURCES.items() if "Condition" in r}


def test_an_environment_without_restored_tables_passes_none_on():
    assert {load("dev").parameters()[name] for name in ("LogTable", "DirectoryTable", "LogStream")} == {""}
