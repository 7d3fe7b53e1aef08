"""A stub of CloudFormation."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.stub import ANY, Stubber

from infra.deploy.stacks import Target

REGION = "us-east-1"


class Stub:
    """A CloudFormation that returns what it is told to return, in order, and nothing else."""

    def __init__(self) -> None:
        client = boto3.client("cloudformation", REGION)
        self.target = Target(client, boto3.client("s3", REGION), poll=0)
        self._stubber = Stubber(client)
        self._stubber.activate()

    def state(
        self,
        status: str | None,
        told: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
        *,
        kept: bool = False,
    ) -> None:
        """Expect to be asked for the stack: its status, outputs, parameters, and whether it is kept from deletion."""
        if status is None:
            self._stubber.add_client_error("describe_stacks", "ValidationError", "does not exist")
            return
        told_as = [{"OutputKey": k, "OutputValue": v} for k, v in (told or {}).items()]
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in (parameters or {}).items()]
        stack = {"StackName": "s", "CreationTime": 0, "StackStatus": status, "Outputs": told_as, "Parameters": given}
        stack["EnableTerminationProtection"] = kept
        self.answer("describe_stacks", {"Stacks": [stack]})

    def answer(self, method: str, response: dict[str, Any], expected: dict[str, Any] | None = None) -> None:
        self._stubber.add_response(method, response, expected)

    def plan(self, kind: str, status: str = "CREATE_COMPLETE", reason: str = "") -> None:
        """Expect a change set of this kind, which ends with this status."""
        asked = dict.fromkeys(("StackName", "ChangeSetName", "Capabilities", "Parameters", "TemplateBody"), ANY)
        self.answer("create_change_set", {}, {**asked, "ChangeSetType": kind})
        self.answer("describe_change_set", {"Status": "CREATE_IN_PROGRESS"})
        self.answer("describe_change_set", {"Status": status, "StatusReason": reason, "Changes": [{}, {}]})

    def done(self) -> None:
        self._stubber.assert_no_pending_responses()


def status(command: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Return the exit status of a command, whether or not it got as far as doing anything."""
    try:
        return command(arguments)
    except SystemExit as ended:
        return int(str(ended.code))
