"""When the functions' aliases move to their new versions: gradually, or at once (decision 0040)."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra import templates
from infra.templates import Template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

RELEASE = "Release"
"""The root's parameter with the hash of all that is deployed."""
GRADUAL = "Gradual"
_ALARMS = "AlarmEmail"


def release(root: Template, parameters: Mapping[str, str]) -> str:
    """Return the hash of a root template, which has the hashes of its nested stacks, and of its parameters, which have
    those of the code. How the aliases move is no part of it.
    """
    given = sorted((name, value) for name, value in parameters.items() if name != GRADUAL)
    return hashlib.sha256(f"{templates.dump(root)}{given}".encode()).hexdigest()


def at_once_because(cloudformation: "CloudFormationClient", stack: str) -> str:
    """Return why a gradual deployment of this stack is not possible now, in words; empty if it is.

    CodeDeploy stops a deployment if it cannot read an alarm, so the alarms must be there before.
    """
    try:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
        return ""  # a new function's alias has no version before
    given = {p["ParameterKey"]: p["ParameterValue"] for p in described.get("Parameters", [])}
    return "" if given.get(_ALARMS) else "the alarms that could stop it are made by this deployment"
