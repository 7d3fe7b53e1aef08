"""What is stored is encrypted, private and recoverable, and outlives the stack."""

import pytest

from infra import templates
from infra.deploy.account import TEMPLATE as ACCOUNT_TEMPLATE
from tests.unit.infra.templates.whole import OFF, RESOURCES, TABLES, evaluated, in_any_case, of_type


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_on_demand_encrypted_recoverable_and_outlive_the_stack(name):
    table = TABLES[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert evaluated(table["SSESpecification"], OFF) is None, "DynamoDB's own key, which costs nothing"
    key = "arn:aws:kms:eu-central-1:123456789012:key/k"
    own = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    assert evaluated(table["SSESpecification"], OFF | {"MessagesKey": key}) == own
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_the_directory_forgets_and_the_log_streams():
    assert TABLES["Directory"]["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert TABLES["Log"]["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_code_that_may_be_rolled_back_to_never_expires():
    account = templates.parse(ACCOUNT_TEMPLATE.read_text())
    rules = account["Resources"]["Artifacts"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert not any({"ExpirationInDays", "ExpirationDate", "Transitions"} & rule.keys() for rule in rules)


@pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
def test_buckets_are_private_encrypted_and_tls_only(name):
    bucket = RESOURCES[name]["Properties"]
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert "BucketEncryption" in bucket
    (policy,) = [p for p in of_type("AWS::S3::BucketPolicy").values() if p["Bucket"] == {"Ref": name}]
    denials = [s for s in in_any_case(policy["PolicyDocument"]["Statement"]) if s["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [s.get("Condition") for s in denials]


def test_web_pages_may_reach_users_own_files_only_from_where_it_is_said():
    bucket = RESOURCES["UserFiles"]["Properties"]
    assert "CorsConfiguration" not in evaluated(bucket, OFF)
    [rule] = evaluated(bucket, {**OFF, "WebOrigins": ["https://app.example"]})["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == ["https://app.example"]
    assert set(rule["AllowedMethods"]) == {"GET", "HEAD", "PUT", "DELETE"}
