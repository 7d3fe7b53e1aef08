"""Analytics: off unless asked for, private, bounded in what it costs, and in step with the code that it is for."""

import json

from infra.environment import load
from tests.unit.infra.templates.whole import OFF, RESOURCES, TABLES, evaluated, of_type, there

ON = OFF | {"Analytics": "true"}
OURS = there(ON) - there(OFF)


def test_nothing_of_it_is_there_unless_it_is_asked_for():
    assert {"RecorderFunction", "EventsStream", "Events", "WorkGroup", "EntriesSource", "DirectorySource"} <= OURS
    assert "StreamSpecification" not in evaluated(TABLES["Directory"], OFF)
    assert evaluated(TABLES["Directory"], ON)["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert [load(name).analytics for name in ("dev", "prod", "local")] == [False, True, True]


def test_nothing_of_it_costs_anything_while_nobody_talks():
    """Functions, streams, queues, Firehose, Glue's first million objects and Athena are billed by use alone."""
    free = {
        "AWS::Serverless::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::Logs::LogStream",
        "AWS::Lambda::EventSourceMapping", "AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::S3::BucketPolicy",
        "AWS::KinesisFirehose::DeliveryStream", "AWS::Glue::Database", "AWS::Glue::Table", "AWS::Athena::WorkGroup",
        "AWS::Athena::NamedQuery",
    }  # fmt: skip
    assert {RESOURCES[name]["Type"] for name in OURS} <= free


def test_the_events_are_private_and_do_not_stay_forever():
    bucket = RESOURCES["Events"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    rules = {r["Id"]: r for r in bucket["LifecycleConfiguration"]["Rules"]}
    days = {name: rules[name]["ExpirationInDays"] for name in ("events", "errors", "results")}
    assert days == {"events": 400, "errors": 30, "results": 7}
    (statement,) = RESOURCES["EventsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_a_query_is_stopped_before_it_reads_much_and_nobody_can_ask_for_more():
    configuration = RESOURCES["WorkGroup"]["Properties"]["WorkGroupConfiguration"]
    assert configuration["BytesScannedCutoffPerQuery"] == 2**30
    assert configuration["EnforceWorkGroupConfiguration"] is True


def test_firehose_writes_where_athena_reads():
    destination = RESOURCES["EventsStream"]["Properties"]["ExtendedS3DestinationConfiguration"]
    table = RESOURCES["EventsTable"]["Properties"]["TableInput"]
    assert destination["Prefix"] == "events/arrived=!{timestamp:yyyy-MM-dd}/"
    assert table["Parameters"]["storage.location.template"] == {"Fn::Sub": "s3://${Events}/events/arrived=${!arrived}/"}
    assert [k["Name"] for k in table["PartitionKeys"]] == ["arrived"]
    assert table["Parameters"]["projection.arrived.format"] == "yyyy-MM-dd"
    conversion = destination["DataFormatConversionConfiguration"]["SchemaConfiguration"]
    assert (conversion["DatabaseName"], conversion["TableName"]) == ({"Ref": "Database"}, {"Ref": "EventsTable"})
    assert destination["BufferingHints"]["SizeInMBs"] >= 64  # the least that the conversion allows


def test_the_recorder_reads_both_streams_in_large_batches_with_a_long_window():
    sources = [
        p
        for p in of_type("AWS::Lambda::EventSourceMapping").values()
        if p["FunctionName"] == {"Ref": "RecorderFunction"}
    ]
    assert len({json.dumps(s["EventSourceArn"]) for s in sources}) == 2
    assert all(s["BatchSize"] == 10_000 and s["MaximumBatchingWindowInSeconds"] >= 60 for s in sources)


def test_of_the_directory_only_the_rows_that_say_something_cost_an_invocation():
    filters = RESOURCES["DirectorySource"]["Properties"]["FilterCriteria"]["Filters"]
    patterns = [json.loads(f["Pattern"])["dynamodb"]["Keys"]["sk"]["S"][0] for f in filters]
    from parley.analytics.aws import streams

    assert patterns == [{"prefix": streams._MEMBERSHIP}, streams._RECIPIENT, streams._MEDIA]
