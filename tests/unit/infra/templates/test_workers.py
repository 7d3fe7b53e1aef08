"""The functions that nobody waits for: events that they fail on are kept, and they run when they should."""

import pytest

from tests.unit.infra.templates.whole import FUNCTIONS, OFF, RESOURCES, evaluated, of_type


def test_what_a_background_function_fails_at_is_kept():
    for name in ("UploadsFunction", "ImagesFunction", "CollectorFunction"):
        destination = FUNCTIONS[name]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
        assert destination == {"Fn::GetAtt": ["FailedUploads", "Arn"]}
    for queue in of_type("AWS::SQS::Queue").values():
        assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)


@pytest.mark.parametrize("source", of_type("AWS::Lambda::EventSourceMapping"))
def test_a_reader_of_a_stream_gives_up_while_the_records_are_still_in_it(source):
    mapping = RESOURCES[source]["Properties"]
    assert 0 < mapping["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert mapping["MaximumRetryAttempts"] > 0
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert (
        RESOURCES[mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]]["Type"]
        == "AWS::SQS::Queue"
    )


def test_accounts_are_looked_at_every_hour_and_their_archives_expire():
    rule = RESOURCES["ErasureRule"]["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    rules = {r["Id"]: r for r in RESOURCES["UserFiles"]["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert (rules["exports"]["Prefix"], rules["exports"]["ExpirationInDays"]) == ("exports/", 7)


def test_archives_leave_others_their_concurrency_only_if_asked_to():
    export = FUNCTIONS["ExportFunction"]
    assert "ReservedConcurrentExecutions" not in evaluated(export, OFF | {"ExportsConcurrency": "0"})
    assert evaluated(export, OFF | {"ExportsConcurrency": "5"})["ReservedConcurrentExecutions"] == "5"
