"""Operators read reports from the index, oldest first, as docs/operations.md says."""

import boto3
from moto import mock_aws

from parley.core.aws import listings
from parley.moderation.aws import items
from parley.moderation.aws.reports import DynamoReports
from parley.moderation.model import Report
from tests import tables


def test_operators_find_reports_by_time():
    with mock_aws():
        client = boto3.client("dynamodb")
        tables.create(client, "Log", "Directory")
        reports = DynamoReports(client, "Directory")
        for at in (3_000, 20_000, 1_000):
            reports.store(Report(f"r{at}", "alice", "bob", "spam", "", at=at), 9)
        found = client.query(
            TableName="Directory",
            IndexName="listed",
            KeyConditionExpression="listed = :reports AND place > :since",
            ExpressionAttributeValues={":reports": {"S": listings.REPORTS}, ":since": {"S": f"{2_000:015}"}},
        )["Items"]
    assert [i["at"]["N"] for i in found] == ["3000", "20000"]


def test_the_count_of_a_day_is_kept_until_the_day_after_the_next_has_begun():
    """Time to live is in seconds since the epoch."""
    with mock_aws():
        client = boto3.client("dynamodb")
        tables.create(client, "Log", "Directory")
        at = (20_000 * 86_400 + 5) * 1000
        DynamoReports(client, "Directory").store(Report("r1", "alice", "bob", "spam", "", at=at), 9)
        counted = client.get_item(TableName="Directory", Key=items.reported_key("alice", 20_000))["Item"]
        report = client.get_item(TableName="Directory", Key=items.report_key("alice", "r1"))["Item"]
    assert int(counted["expires"]["N"]) == 20_002 * 86_400
    assert "expires" not in report
