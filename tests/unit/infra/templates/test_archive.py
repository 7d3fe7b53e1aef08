"""The archive of messages: off unless asked for, private, kept, and cheaper than what it replaces."""

import pytest
from pydantic import ValidationError

from infra.environment import load
from tests.unit.infra.templates.whole import FUNCTIONS, OFF, RESOURCES, evaluated

BUCKET = RESOURCES["Archive"]["Properties"]


def test_nothing_is_archived_unless_an_environment_says_so():
    rule = RESOURCES["ArchiverRule"]["Properties"]
    assert evaluated(rule["State"], OFF | {"ArchiveAfterDays": "0"}) == "DISABLED"
    assert evaluated(rule["State"], OFF | {"ArchiveAfterDays": "180"}) == "ENABLED"
    assert load("dev").archive_after_days == 0
    assert load("dev").parameters()["ArchiveAfterDays"] == "0"


def test_whoever_schedules_and_whoever_archives_go_by_the_same_age():
    for function in ("NotifierFunction", "ArchiverFunction"):
        assert FUNCTIONS[function]["Environment"]["Variables"]["ARCHIVE_AFTER_DAYS"] == {"Ref": "ArchiveAfterDays"}


@pytest.mark.parametrize("days", [-1, 1, 6])
def test_entries_on_which_sending_relies_are_not_archived(days: int):
    dev = load("dev")
    with pytest.raises(ValidationError, match="at least 7 days"):
        type(dev).model_validate(dev.model_dump() | {"archive_after_days": days})
    assert type(dev).model_validate(dev.model_dump() | {"archive_after_days": 7}).archive_after_days == 7


def test_packs_go_to_glacier_once_they_have_been_verified_and_are_worth_it():
    [rule] = [r for r in BUCKET["LifecycleConfiguration"]["Rules"] if r["Id"] == "glacier"]
    assert (rule["Status"], rule["Prefix"], rule["ObjectSizeGreaterThan"]) == ("Enabled", "packs/", str(128 * 1024))
    assert [(t["StorageClass"], t["TransitionInDays"]) for t in rule["Transitions"]] == [
        ("GLACIER", 1),
        ("DEEP_ARCHIVE", 366),
    ]
    # Nothing ever expires a pack: erasing is losing the key.
    assert not any("ExpirationInDays" in r or "Expiration" in r for r in BUCKET["LifecycleConfiguration"]["Rules"])


def test_the_bucket_is_private_and_tells_of_restores_alone():
    assert set(BUCKET["PublicAccessBlockConfiguration"].values()) == {True}
    assert BUCKET["NotificationConfiguration"]["LambdaConfigurations"] == [
        {"Event": "s3:ObjectRestore:Completed", "Function": {"Fn::GetAtt": ["RestoresFunction", "Arn"]}}
    ]
    [statement] = RESOURCES["ArchivePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Sid"], statement["Effect"]) == ("TlsOnly", "Deny")


def test_entries_that_leave_the_log_cost_no_invocation():
    for source in ("NotifierSource", "EntriesSource"):
        assert RESOURCES[source]["Properties"]["FilterCriteria"] == {
            "Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]
        }


@pytest.mark.parametrize("name", ["ArchiverFunction", "RestoresFunction"])
def test_what_a_function_of_the_archive_fails_at_is_kept(name: str):
    destination = FUNCTIONS[name]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination == {"Fn::GetAtt": ["FailedUploads", "Arn"]}
