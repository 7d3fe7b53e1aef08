"""Bring a stack to the state that templates describe: upload them and the code, and have CloudFormation do the rest.

``make deploy`` does so on AWS. The same function builds the laptop's stack, with other clients and one flat template
(``infra/local/stack.py``).
"""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from infra import package, templates
from infra.deploy import gradual, stack_events
from infra.deploy.stack_events import Operation
from infra.templates import Template, Templates

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import ChangeSetTypeType
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_s3 import S3Client

PROTECT = "Protect"
"""The template's parameter that protects the tables and the user pool from deletion."""

TAG = "parley:environment"
"""The tag of everything that belongs to an environment."""
_ENVIRONMENT = "Environment"

Say = Callable[[str], None]

_NEVER_WAS = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})
"""The states of a stack whose creation or deletion failed. CloudFormation only allows such a stack to be deleted."""
_NEVER_MADE = _NEVER_WAS - {"DELETE_FAILED"}
"""The states of a stack whose creation failed."""
_DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
_UNMADE = frozenset({"ROLLBACK_COMPLETE"})
"""The state of a stack whose creation failed and whose resources have all been deleted again."""


class DeploymentFailed(Exception):
    """CloudFormation refused. The message is one readable line that gives its reason."""


class Target(NamedTuple):
    """Where to deploy to, and how often (in seconds) to check whether the deployment has finished.

    Attributes:
        builder: the ARN of the role in which CloudFormation works; if empty, it works as whoever deploys.
    """

    cloudformation: "CloudFormationClient"
    s3: "S3Client"
    poll: float = 5.0
    builder: str = ""


def deploy(
    target: Target,
    stack: str,
    ours: Templates,
    parameters: Mapping[str, str],
    codes: Mapping[str, bytes],
    bucket: str,
    say: Say,
) -> dict[str, str]:
    """Bring the stack to the state that the templates describe, and return its outputs.

    ``codes`` maps the template parameter for each package's key to the package's code. Everything uploaded has its hash
    in its key. The root template contains the addresses of the nested ones, so it changes exactly when one of them
    does. A stack that is to be protected is created without protection, and protected once it is there: CloudFormation
    could not roll a failed creation back if it might not delete the tables.

    Raises:
        DeploymentFailed: the stack is as it was, or CloudFormation has rolled it back.
    """
    clear(target, stack, say)
    uploaded = upload(target, ours, parameters, codes, bucket)
    say(f"code and templates are in {bucket}")
    protect = uploaded.parameters.get(PROTECT) == "true"
    if protect and change_type(target, stack) == "CREATE":
        say(f"{stack} is created, and then protected")
        change(target, stack, uploaded.template, {**uploaded.parameters, PROTECT: "false"}, say)
    if is_deployed(target, stack, uploaded):
        told = _up_to_date(target, stack, say)
    else:
        told = change(target, stack, uploaded.template, uploaded.parameters, say)
    _set_termination_protection(target, stack, enabled=protect)
    return told


class Uploaded(NamedTuple):
    """A stack's template where CloudFormation finds it, and all of its parameters."""

    root: Template
    template: dict[str, str]
    parameters: dict[str, str]


def upload(
    target: Target, ours: Templates, parameters: Mapping[str, str], codes: Mapping[str, bytes], bucket: str
) -> Uploaded:
    """Upload code and templates, each under its hash. What is in use under another hash is not touched."""
    keys = {name: f"code/{package.digest(code)}.zip" for name, code in codes.items()}
    for key, code in {keys[name]: code for name, code in codes.items()}.items():
        target.s3.put_object(Bucket=bucket, Key=key, Body=code)
    addresses = {name: _upload(target, bucket, nested) for name, nested in ours.nested.items()}
    root = templates.addressed(ours.root, addresses)
    url = _upload(target, bucket, root)
    given = {**parameters, "CodeBucket": bucket, **keys}
    if gradual.RELEASE in root.get("Parameters", {}):
        given[gradual.RELEASE] = gradual.release(root, given)
    return Uploaded(root, {"TemplateURL": url}, given)


def _upload(target: Target, bucket: str, template: Template) -> str:
    """Upload the template, and return its address. Inline templates are limited to 51,200 bytes."""
    body = templates.dump(template).encode()
    key = f"templates/{package.digest(body)}.json"
    target.s3.put_object(Bucket=bucket, Key=key, Body=body)
    return f"{target.s3.meta.endpoint_url}/{bucket}/{key}"


def is_deployed(target: Target, stack: str, uploaded: Uploaded) -> bool:
    """Return whether the last successful deployment of the stack used this very template and these parameters.

    A change set cannot tell, because it lists nested stacks as modified even if nothing in them has changed.
    """
    if _status(target, stack) not in _DONE:
        return False
    body = target.cloudformation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
    deployed = templates.parse(body) if isinstance(body, str) else body  # the SDK has already parsed it if it is JSON
    told = target.cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
    defaults = {n: str(p["Default"]) for n, p in uploaded.root.get("Parameters", {}).items() if "Default" in p}
    given = {p["ParameterKey"]: p["ParameterValue"] for p in told}
    return deployed == uploaded.root and given == {**defaults, **uploaded.parameters}


def change(
    target: Target, stack: str, template: Mapping[str, str], parameters: Mapping[str, str], say: Say
) -> dict[str, str]:
    """Create or update a stack through a change set. ``template`` is its ``TemplateURL`` or ``TemplateBody``.

    Raises:
        DeploymentFailed: as in ``deploy``.
    """
    name = f"deploy-{uuid.uuid4()}"
    changes = propose(target, stack, name, template, parameters)
    if changes is None:
        target.cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
        return _up_to_date(target, stack, say)
    say(f"{stack}: {changes} changes")
    target.cloudformation.execute_change_set(StackName=stack, ChangeSetName=name, ClientRequestToken=name)
    _finish(target, stack, name)
    return outputs(target.cloudformation, stack)


def propose(
    target: Target,
    stack: str,
    name: str,
    template: Mapping[str, str],
    parameters: Mapping[str, str],
    *,
    nested: bool = False,
) -> int | None:
    """Make a change set of this name, wait until it is complete, and return how many changes it holds.

    None means that there is nothing to do. There may also be no changes of resources, and yet something: an output's.
    ``nested`` has CloudFormation make one for each nested stack, too, which is only good for looking at.

    Raises:
        DeploymentFailed: the stack cannot be changed now, or not in this way.
    """
    target.cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType=change_type(target, stack),
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        **template,  # type: ignore[arg-type]  # one of two keyword arguments, both of them strings
        **({"Tags": _tags(parameters)} if _ENVIRONMENT in parameters else {}),  # type: ignore[arg-type]
        **({"RoleARN": target.builder} if target.builder else {}),  # type: ignore[arg-type]
        **({"IncludeNestedStacks": True} if nested else {}),  # type: ignore[arg-type]
    )
    return _planned(target, stack, name)


def _tags(parameters: Mapping[str, str]) -> list[dict[str, str]]:
    """Return a stack's tags. CloudFormation gives them to every resource of it and of its nested stacks that can have
    tags ("Resource tags" in its template reference), so that the bill says what each environment costs.
    """
    return [{"Key": TAG, "Value": parameters[_ENVIRONMENT]}]


def destroy(target: Target, stack: str, say: Say) -> None:
    """Delete the stack, if it exists. Whatever its templates say is to be retained stays where it is.

    Raises:
        DeploymentFailed: something in it could not be deleted, or the stack is being changed.
    """
    status = _status(target, stack)
    if status is None:
        say(f"{stack} does not exist")
        return
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        raise DeploymentFailed(f"{stack} is in {status}: another deployment is under way; wait for its end")
    token = f"destroy-{uuid.uuid4()}"
    target.cloudformation.delete_stack(StackName=stack, ClientRequestToken=token)
    while (status := _status(target, stack)) not in (None, "DELETE_COMPLETE"):
        if status == "DELETE_FAILED":
            operation = Operation(token, stack_events.DELETION)
            raise DeploymentFailed(f"{stack}: {stack_events.root_cause(target.cloudformation, stack, operation)}")
        time.sleep(target.poll)
    say(f"{stack} is deleted")


def _up_to_date(target: Target, stack: str, say: Say) -> dict[str, str]:
    say(f"{stack} is up to date")
    return outputs(target.cloudformation, stack)


def outputs(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str]:
    """Return the outputs of a stack."""
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}


def may_be_removed(target: Target, stack: str) -> bool:
    """Return whether the stack's creation has failed, and nothing in it is protected: it has never held any data."""
    found = described(target, stack)
    if found is None or found["StackStatus"] not in _NEVER_MADE:
        return False
    protect = {p["ParameterKey"]: p["ParameterValue"] for p in found.get("Parameters", [])}.get(PROTECT)
    return protect != "true" and not found.get("EnableTerminationProtection")


def clear(target: Target, stack: str, say: Say) -> None:
    """Delete what is left of a stack whose creation was rolled back, so that it can be created again."""
    if _status(target, stack) in _UNMADE and may_be_removed(target, stack):
        say(f"{stack} could not be created the last time, and is created again")
        destroy(target, stack, say)


def _set_termination_protection(target: Target, stack: str, *, enabled: bool) -> None:
    """Make CloudFormation refuse to delete the stack, with its nested ones, or allow it again."""
    found = described(target, stack)
    if found is not None and bool(found.get("EnableTerminationProtection")) != enabled:
        target.cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=enabled)


def _status(target: Target, stack: str) -> str | None:
    found = described(target, stack)
    return found["StackStatus"] if found else None


def described(target: Target, stack: str) -> "StackTypeDef | None":
    """Return what CloudFormation says of a stack, or None if there is none."""
    try:
        return target.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # CloudFormation's code for "no such stack"
            return None
        raise


def change_type(target: Target, stack: str) -> "ChangeSetTypeType":
    """Return the type of change set that brings the stack to the desired state.

    Raises:
        DeploymentFailed: the stack is in a state that allows neither type. The message says what to do.
    """
    status = _status(target, stack)
    if status in (None, "REVIEW_IN_PROGRESS"):  # the latter has change sets, but nothing else
        return "CREATE"
    where = f"--stack-name {stack} --region {target.cloudformation.meta.region_name}"
    if status in _NEVER_WAS:
        raise DeploymentFailed(
            f"{stack} is in {status} and must be deleted first: aws cloudformation delete-stack {where}"
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        raise DeploymentFailed(
            f"{stack} is in {status} and must be rolled back first: aws cloudformation continue-update-rollback {where}"
        )
    if status.endswith("_IN_PROGRESS"):
        raise DeploymentFailed(f"{stack} is in {status}: another deployment is under way; wait for its end")
    return "UPDATE"


def _planned(target: Target, stack: str, name: str) -> int | None:
    """Return how many changes a change set holds, once it is complete, or None if there are none."""
    while True:
        plan = target.cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
        if plan["Status"] == "CREATE_COMPLETE":
            return len(plan["Changes"])
        if plan["Status"] == "FAILED":
            reason = plan.get("StatusReason", "no reason given")
            if "didn't contain changes" in reason or "No updates are to be performed" in reason:
                return None  # CloudFormation gives no other sign of it
            raise DeploymentFailed(f"{stack}: {reason}")
        time.sleep(target.poll)


def _finish(target: Target, stack: str, token: str) -> None:
    while (status := _status(target, stack) or "").endswith("_IN_PROGRESS"):
        time.sleep(target.poll)
    if status not in _DONE:
        operation = Operation(token, stack_events.CHANGE)
        raise DeploymentFailed(f"{stack}: {stack_events.root_cause(target.cloudformation, stack, operation)}")
