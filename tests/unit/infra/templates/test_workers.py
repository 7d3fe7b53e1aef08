"""The functions that nobody waits for: events that they fail on are kept, and they run when they should."""

from tests.unit.infra.templates.whole import FUNCTIONS, RESOURCES, of_type


def test_what_a_background_function_fails_at_is_kept():
    for name in ("UploadsFunction", "ImagesFunction", "CollectorFunction"):
        destination = FUNCTIONS[name]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
        assert destination == {"Fn::GetAtt": ["FailedUploads", "Arn"]}
    for queue in of_type("AWS::SQS::Queue").values():
        assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)


def test_the_notifier_gives_up_while_the_records_are_still_in_the_stream():
    (mapping,) = of_type("AWS::Lambda::EventSourceMapping").values()
    assert 0 < mapping["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert mapping["MaximumRetryAttempts"] > 0
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True


def test_accounts_are_looked_at_every_hour_and_their_archives_expire():
    rule = RESOURCES["ErasureRule"]["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    rules = {r["Id"]: r for r in RESOURCES["UserFiles"]["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert (rules["exports"]["Prefix"], rules["exports"]["ExpirationInDays"]) == ("exports/", 7)
