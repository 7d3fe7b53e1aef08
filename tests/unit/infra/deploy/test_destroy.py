"""A stack is deleted, or one line says why it was not."""

import pytest
from botocore.stub import ANY

from infra.deploy import destroy as command
from infra.deploy.stacks import DeploymentFailed, destroy
from tests.unit.infra.stub import status

ITSELF = {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": "i"}


def event(name, status, reason="", **more):
    told = {"LogicalResourceId": name, "ResourceStatus": status, "ResourceStatusReason": reason}
    return {"StackId": "i", "EventId": "e", "StackName": "s", "Timestamp": 0, **told, **more}


@pytest.mark.parametrize("begun", ["CREATE_COMPLETE", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "DELETE_FAILED"])
@pytest.mark.parametrize("end", [None, "DELETE_COMPLETE"])
def test_a_stack_is_deleted_and_waited_for(stub, said, begun, end):
    stub.state(begun)
    stub.answer("delete_stack", {}, {"StackName": "s", "ClientRequestToken": ANY})
    stub.state("DELETE_IN_PROGRESS")
    stub.state(end)
    destroy(stub.target, "s", said.append)
    assert said == ["s is deleted"]
    stub.done()


def test_what_is_not_there_need_not_be_deleted(stub, said):
    stub.state(None)
    destroy(stub.target, "s", said.append)
    assert said == ["s does not exist"]
    stub.done()


def test_a_stack_that_is_being_changed_is_left_alone(stub, said):
    stub.state("UPDATE_IN_PROGRESS")
    with pytest.raises(DeploymentFailed, match="another deployment"):
        destroy(stub.target, "s", said.append)
    stub.done()


def test_what_could_not_be_deleted_is_said_with_the_reason_of_this_time(stub, said):
    stub.state("CREATE_COMPLETE")
    stub.answer("delete_stack", {})
    stub.state("DELETE_FAILED")
    begun = event("s", "DELETE_IN_PROGRESS", **ITSELF)
    before = event("Topic", "UPDATE_FAILED", "this was a deployment")
    stub.answer("describe_stack_events", {"StackEvents": [event("Queue", "DELETE_FAILED", "in use"), begun, before]})
    with pytest.raises(DeploymentFailed, match=r"^s: Queue: in use$"):
        destroy(stub.target, "s", said.append)
    stub.done()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "make destroy ENV=…: the following arguments are required: environment"),
        (["local"], "local is the laptop's environment"),
        (["nowhere"], "there is no environment 'nowhere'"),
    ],
)
def test_what_cannot_be_destroyed_is_refused_in_one_line(capsys, arguments, says):
    assert status(command.main, arguments) != 0
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
