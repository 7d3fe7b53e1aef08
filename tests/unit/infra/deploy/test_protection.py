"""A protected stack is created unprotected first, so that a failed creation can be repeated or removed."""

from types import SimpleNamespace

import pytest
from botocore.stub import ANY

from infra.deploy import command, destroy, stack_events, stacks
from infra.deploy.stacks import DeploymentFailed
from infra.templates import Templates

ROOT = Templates({"Parameters": {}, "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}, {})
PROTECTED, OPEN = {"Protect": "true"}, {"Protect": "false"}


@pytest.fixture
def put(stub, aws, said):
    aws.s3.create_bucket(Bucket="bucket")
    target = stub.target._replace(s3=aws.s3)
    return lambda parameters: stacks.deploy(target, "s", ROOT, parameters, {}, "bucket", said.append)


def changed(stub, kind, protect, end):
    """Expect a change set of this kind with this protection, and its execution, which ends with this status."""
    stub.state(None if kind == "CREATE" else "CREATE_COMPLETE")
    given = [{"ParameterKey": "Protect", "ParameterValue": protect}]
    given.append({"ParameterKey": "CodeBucket", "ParameterValue": "bucket"})
    asked = dict.fromkeys(("StackName", "ChangeSetName", "Capabilities", "TemplateURL"), ANY)
    stub.answer("create_change_set", {}, {**asked, "ChangeSetType": kind, "Parameters": given})
    stub.answer("describe_change_set", {"Status": "CREATE_COMPLETE", "Changes": [{}]})
    stub.answer("execute_change_set", {})
    stub.state(end)
    if end.endswith("E_COMPLETE"):
        stub.state(end)


def test_a_protected_stack_is_created_unprotected_and_then_protected(stub, put):
    stub.state(None)
    stub.state(None)
    changed(stub, "CREATE", "false", "CREATE_COMPLETE")
    stub.state("CREATE_COMPLETE")
    stub.answer("get_template", {"TemplateBody": "{}"})
    stub.state("CREATE_COMPLETE")
    changed(stub, "UPDATE", "true", "UPDATE_COMPLETE")
    stub.state("UPDATE_COMPLETE")
    stub.answer("update_termination_protection", {}, {"StackName": "s", "EnableTerminationProtection": True})
    put(PROTECTED)
    stub.done()


def test_a_protected_stack_whose_creation_fails_is_never_protected(stub, put, monkeypatch):
    stub.state(None)
    stub.state(None)
    monkeypatch.setattr(stack_events, "root_cause", lambda *_: "Topic: it is not ours")
    changed(stub, "CREATE", "false", "ROLLBACK_COMPLETE".replace("E_COMPLETE", "E_FAILED"))
    with pytest.raises(DeploymentFailed, match="it is not ours"):
        put(PROTECTED)
    stub.done()


def test_a_protected_stack_that_is_there_stays_protected(stub, put):
    stub.state("CREATE_COMPLETE")
    stub.state("UPDATE_ROLLBACK_COMPLETE")
    stub.state("UPDATE_ROLLBACK_COMPLETE")
    changed(stub, "UPDATE", "true", "UPDATE_COMPLETE")
    stub.state("UPDATE_COMPLETE", kept=True)
    put(PROTECTED)
    stub.done()


@pytest.mark.parametrize("parameters", [None, OPEN])
def test_a_stack_whose_creation_was_rolled_back_is_deleted_and_created_again(stub, put, said, parameters):
    stub.state("ROLLBACK_COMPLETE", parameters=parameters)
    stub.state("ROLLBACK_COMPLETE", parameters=parameters)
    stub.state("ROLLBACK_COMPLETE")
    stub.answer("delete_stack", {}, {"StackName": "s", "ClientRequestToken": ANY})
    stub.state(None)
    stub.state(None)
    changed(stub, "CREATE", "false", "CREATE_COMPLETE")
    stub.state("CREATE_COMPLETE")
    put(OPEN)
    assert said[0] == "s could not be created the last time, and is created again"
    stub.done()


@pytest.mark.parametrize("held", [{"parameters": PROTECTED}, {"kept": True}])
def test_a_protected_stack_is_not_deleted_whatever_its_state(stub, put, held):
    stub.state("ROLLBACK_COMPLETE", **held)
    stub.state("ROLLBACK_COMPLETE", **held)
    for _ in range(2):
        stub.state("ROLLBACK_COMPLETE", **held)
    with pytest.raises(DeploymentFailed, match="must be deleted first"):
        put(PROTECTED)


def test_protection_that_is_no_longer_wanted_is_taken_off(stub, put):
    stub.state("CREATE_COMPLETE")
    stub.state("UPDATE_ROLLBACK_COMPLETE")
    changed(stub, "UPDATE", "false", "UPDATE_COMPLETE")
    stub.state("UPDATE_COMPLETE", kept=True)
    stub.answer("update_termination_protection", {}, {"StackName": "s", "EnableTerminationProtection": False})
    put(OPEN)
    stub.done()


@pytest.fixture
def prod(stub, monkeypatch):
    """Runs ``make destroy ENV=prod`` on the stub, and returns its status."""
    session = SimpleNamespace(client=lambda name: getattr(stub.target, name))
    monkeypatch.setattr(command.boto3, "Session", lambda **_: session)
    return lambda: destroy.main(["prod"])


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"])
def test_a_protected_environment_that_was_never_created_can_be_removed(stub, prod, status):
    stub.state(status, parameters=OPEN)
    stub.answer("list_stack_resources", {"StackResourceSummaries": []})
    stub.state(status)
    stub.answer("delete_stack", {})
    stub.state(None)
    assert prod() == 0
    stub.done()


@pytest.mark.parametrize(
    ("status", "held"),
    [("CREATE_COMPLETE", {}), ("DELETE_FAILED", {}), (None, {}),
     ("ROLLBACK_FAILED", {"parameters": PROTECTED}), ("ROLLBACK_COMPLETE", {"kept": True})],
)  # fmt: skip
def test_a_protected_environment_is_otherwise_refused_in_one_line(stub, prod, capsys, status, held):
    stub.state(status, **held)
    assert prod() == 2
    assert capsys.readouterr().err == "destroy: prod is protected; deploy it with protect false first\n"
    stub.done()
