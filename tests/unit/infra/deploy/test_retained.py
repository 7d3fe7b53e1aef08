"""What users have stored outlives its stack, and is deleted only with its environment's name said again."""

from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from infra.deploy import command, destroy, retained
from infra.deploy.retained import Retained
from tests.unit.infra.stub import REGION


@pytest.fixture
def session():
    with mock_aws():
        yield boto3.Session(region_name=REGION)


def summary(name, kind, physical):
    told = {"LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": physical}
    return {**told, "LastUpdatedTimestamp": 0, "ResourceStatus": "CREATE_COMPLETE"}


def test_what_holds_data_is_found_in_nested_stacks_too(stub):
    outer = [summary("DataStack", "AWS::CloudFormation::Stack", "inner"), summary("Topic", "AWS::SNS::Topic", "t")]
    stub.answer("list_stack_resources", {"StackResourceSummaries": outer})
    inner = [summary("Log", "AWS::DynamoDB::Table", "log-1"), summary("Media", "AWS::S3::Bucket", "media-1")]
    stub.answer("list_stack_resources", {"StackResourceSummaries": inner}, {"StackName": "inner"})
    assert retained.of(stub.target.cloudformation, "s") == [
        Retained("AWS::DynamoDB::Table", "log-1"),
        Retained("AWS::S3::Bucket", "media-1"),
    ]


def test_each_kind_is_deleted_with_all_that_is_in_it(session):
    dynamodb, s3, cognito = (session.client(name) for name in ("dynamodb", "s3", "cognito-idp"))
    dynamodb.create_table(
        TableName="log",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    s3.create_bucket(Bucket="media")
    s3.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second"):
        s3.put_object(Bucket="media", Key="photo", Body=body)
    s3.delete_object(Bucket="media", Key="photo")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    for kind, name in (("DynamoDB::Table", "log"), ("S3::Bucket", "media"), ("Cognito::UserPool", pool)):
        retained.delete(session, Retained(f"AWS::{kind}", name))
    assert dynamodb.list_tables()["TableNames"] == []
    assert s3.list_buckets()["Buckets"] == []
    assert cognito.list_user_pools(MaxResults=10)["UserPools"] == []


@pytest.fixture
def dev(stub, monkeypatch):
    """Runs ``make destroy ENV=dev``. Returns its status, and what was deleted beside the stack."""
    session = SimpleNamespace(client=lambda name: getattr(stub.target, name))
    monkeypatch.setattr(command.boto3, "Session", lambda **_: session)
    deleted = []
    monkeypatch.setattr(retained, "delete", lambda _, resource: deleted.append(resource.id))
    return lambda *data: (destroy.main(["dev", *data]), deleted)


def gone(stub):
    held = [summary("Log", "AWS::DynamoDB::Table", "log-1")]
    stub.answer("list_stack_resources", {"StackResourceSummaries": held})
    stub.state("CREATE_COMPLETE")
    stub.answer("delete_stack", {})
    stub.state(None)


def test_data_are_kept_and_it_is_said_where(stub, dev, capsys):
    gone(stub)
    assert dev() == (0, [])
    assert "log-1 is kept (AWS::DynamoDB::Table)" in capsys.readouterr().out


def test_data_are_deleted_when_the_name_is_said_again(stub, dev):
    gone(stub)
    assert dev("--data", "dev") == (0, ["log-1"])
    stub.done()


def test_what_a_deployment_fills_is_emptied_first_and_goes_with_the_stack(stub, dev, monkeypatch, capsys):
    emptied = []
    monkeypatch.setattr(retained, "empty", lambda _, bucket: emptied.append(bucket))
    held = [summary("PageFiles", "AWS::S3::Bucket", "page-1")]
    stub.answer("list_stack_resources", {"StackResourceSummaries": held})
    stub.state("CREATE_COMPLETE")
    stub.answer("delete_stack", {})
    stub.state(None)
    assert dev("--data", "dev") == (0, [])
    assert emptied == ["page-1"]
    assert "page-1" not in capsys.readouterr().out


def test_another_name_deletes_nothing(stub, dev, capsys):
    assert dev("--data", "prod") == (2, [])
    assert capsys.readouterr().err == "destroy: the data of prod are not those of dev: nothing is deleted\n"
