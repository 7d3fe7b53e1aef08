"""A stack is created, changed or left alone, depending on its state. If none is possible, one line says why."""

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from infra.deploy import __main__ as command
from infra.deploy.account import STACK as ACCOUNT_STACK
from infra.deploy.account import prepare_account
from infra.deploy.stacks import DeploymentFailed, Target, change
from tests.unit.infra.stub import REGION, status

TEMPLATE = """
Parameters: {Name: {Type: String}}
Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Name}}}
"""
BODY = {"TemplateBody": TEMPLATE}


# In moto, stacks made by change sets have no outputs, so tests of outputs use the stub.
def topics() -> list[str]:
    return [t["TopicArn"].rpartition(":")[2] for t in boto3.client("sns", REGION).list_topics()["Topics"]]


def test_a_new_stack_and_a_change(aws, said):
    change(aws, "s", BODY, {"Name": "one"}, said.append)
    assert topics() == ["one"]
    change(aws, "s", BODY, {"Name": "two"}, said.append)
    assert topics() == ["two"]


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS"])
def test_what_is_not_there_yet_is_created(stub, said, status):
    stub.state(status)
    stub.plan("CREATE")
    stub.answer("execute_change_set", {})
    stub.state("CREATE_IN_PROGRESS")
    stub.state("CREATE_COMPLETE")
    stub.state("CREATE_COMPLETE", {"Topic": "t"})
    assert change(stub.target, "s", BODY, {}, said.append) == {"Topic": "t"}
    assert said == ["s: 2 changes"]
    stub.done()


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
@pytest.mark.parametrize(
    "reason", ["The submitted information didn't contain changes.", "No updates are to be performed."]
)
def test_what_is_there_as_it_should_be_is_left_alone(stub, said, status, reason):
    stub.state(status)
    stub.plan("UPDATE", "FAILED", reason)
    stub.answer("delete_change_set", {})
    stub.state(status, {"Topic": "t"})
    assert change(stub.target, "s", BODY, {}, said.append) == {"Topic": "t"}
    stub.done()


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("ROLLBACK_COMPLETE", f"aws cloudformation delete-stack --stack-name s --region {REGION}"),
        ("ROLLBACK_FAILED", "delete-stack"),
        ("CREATE_FAILED", "delete-stack"),
        ("DELETE_FAILED", "delete-stack"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name s"),
        ("UPDATE_IN_PROGRESS", "another deployment"),
    ],
)
def test_a_state_that_allows_no_change_is_said_with_what_to_do(stub, said, status, says):
    stub.state(status)
    with pytest.raises(DeploymentFailed) as failed:
        change(stub.target, "s", BODY, {}, said.append)
    assert f"s is in {status}" in str(failed.value)
    assert says in str(failed.value)
    assert "\n" not in str(failed.value)
    stub.done()


def test_a_change_set_that_fails_says_why(stub, said):
    stub.state("CREATE_COMPLETE")
    stub.plan("UPDATE", "FAILED", "Parameters: [Name] must have values")
    with pytest.raises(DeploymentFailed, match=r"^s: Parameters: \[Name\] must have values$"):
        change(stub.target, "s", BODY, {}, said.append)


def event(name, reason, status="UPDATE_FAILED", **more):
    return {
        "StackId": "i",
        "EventId": "e",
        "StackName": "s",
        "Timestamp": 0,
        "LogicalResourceId": name,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        **more,
    }


BEGUN = event("s", "User Initiated", "UPDATE_IN_PROGRESS", PhysicalResourceId="i")


def test_a_change_that_is_rolled_back_says_what_failed_first(stub, said):
    stub.state("CREATE_COMPLETE")
    stub.plan("UPDATE")
    stub.answer("execute_change_set", {})
    stub.state("UPDATE_ROLLBACK_COMPLETE")
    later, first = event("Queue", "Resource update cancelled"), event("Topic", "it is not ours")
    before = event("Table", "this was another deployment")
    stub.answer("describe_stack_events", {"StackEvents": [later, first, BEGUN, before]})
    with pytest.raises(DeploymentFailed, match=r"^s: Topic: it is not ours$"):
        change(stub.target, "s", BODY, {}, said.append)


def test_cloudformation_works_in_the_builders_role_where_there_is_one(stub, said):
    stub.state(None)
    asked = dict.fromkeys(
        ("StackName", "ChangeSetName", "ChangeSetType", "Capabilities", "Parameters", "TemplateBody"), ANY
    )
    stub.answer("create_change_set", {}, {**asked, "RoleARN": "arn:aws:iam::123456789012:role/team/parley-builder"})
    stub.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": [{}]})
    stub.answer("execute_change_set", {})
    stub.state("CREATE_COMPLETE")
    stub.state("CREATE_COMPLETE")
    target = stub.target._replace(builder="arn:aws:iam::123456789012:role/team/parley-builder")
    change(target, "s", BODY, {}, said.append)
    stub.done()


def test_an_environments_stack_has_its_tag_which_cloudformation_gives_to_everything_in_it(stub, said):
    stub.state("CREATE_COMPLETE")
    keys = ("StackName", "ChangeSetName", "ChangeSetType", "Capabilities", "Parameters", "TemplateBody")
    tags = [{"Key": "parley:environment", "Value": "prod"}]
    stub.answer("create_change_set", {}, {**dict.fromkeys(keys, ANY), "Tags": tags})
    stub.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": [{}]})
    stub.answer("execute_change_set", {})
    stub.state("UPDATE_COMPLETE")
    stub.state("UPDATE_COMPLETE")
    change(stub.target, "s", BODY, {"Environment": "prod"}, said.append)
    stub.done()


def test_other_errors_than_no_such_stack_are_not_taken_for_it(said):
    client = boto3.client("cloudformation", REGION)
    with Stubber(client) as stubber:
        stubber.add_client_error("describe_stacks", "AccessDenied")
        with pytest.raises(ClientError):
            change(Target(client, boto3.client("s3", REGION)), "s", BODY, {}, said.append)


def test_the_account_is_prepared_once(stub, said):
    for _ in range(2):
        stub.state("CREATE_COMPLETE")
    stub.state("CREATE_COMPLETE", {"ArtifactsBucket": "b"})
    assert prepare_account(stub.target, lambda: True, said.append) == "b"
    stub.done()


@pytest.mark.parametrize("may_log", [True, False])
def test_gateway_gets_a_role_for_logs_where_it_has_none(stub, said, may_log):
    for _ in range(3):
        stub.state(None)
    given = [{"ParameterKey": "GatewayLogs", "ParameterValue": "false" if may_log else "true"}]
    asked = dict.fromkeys(("StackName", "ChangeSetName", "ChangeSetType", "Capabilities", "TemplateBody"), ANY)
    stub.answer("create_change_set", {}, {**asked, "Parameters": given})
    stub.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": [{}]})
    stub.answer("execute_change_set", {})
    stub.state("CREATE_COMPLETE")
    stub.state("CREATE_COMPLETE", {"ArtifactsBucket": "b"})
    stub.state("CREATE_COMPLETE", {"ArtifactsBucket": "b"})
    assert prepare_account(stub.target, lambda: may_log, said.append) == "b"
    stub.done()


def test_an_account_stack_that_cannot_be_changed_must_be_deleted(stub, said):
    for _ in range(2):
        stub.state("DELETE_FAILED")
    with pytest.raises(DeploymentFailed, match=rf"{ACCOUNT_STACK} is in DELETE_FAILED and must be deleted"):
        prepare_account(stub.target, lambda: True, said.append)


def test_an_account_stack_of_something_else_is_said(stub, said):
    for _ in range(2):
        stub.state("CREATE_COMPLETE")
    stub.state("CREATE_COMPLETE", {"Topic": "t"})
    with pytest.raises(DeploymentFailed, match="ArtifactsBucket"):
        prepare_account(stub.target, lambda: True, said.append)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "make deploy ENV=…: the following arguments are required: environment"),
        (["local"], "local is the laptop's environment"),
        (["nowhere"], "there is no environment 'nowhere'"),
    ],
)
def test_what_cannot_be_deployed_is_refused_in_one_line(capsys, arguments, says):
    assert status(command.main, arguments) != 0
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
