"""Operators read reports from the index, oldest first, as docs/operations.md says."""

import boto3
from moto import mock_aws

from parley.core.aws import listings
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
