"""Deploy an environment: upload code and templates to a bucket, and have CloudFormation change what is different.

``python -m infra.deploy <environment>`` deploys to AWS, with the credentials that the AWS SDK finds. The same
``deploy`` function builds the laptop's stack, with other clients and one flat template (``infra/local/stack.py``).
"""

import sys
import time
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from infra import package, stack_events, templates
from infra.environment import DIRECTORY, LOCAL, UnknownEnvironment, load
from infra.stack_events import Operation
from infra.templates import Template, Templates

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import ChangeSetTypeType
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_s3 import S3Client

ACCOUNT_TEMPLATE = DIRECTORY.parent / "account.yaml"
ACCOUNT_STACK = "parley-account"
PROTECT = "Protect"
"""The template's parameter that protects the tables and the user pool from deletion."""

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
    _clear(target, stack, say)
    keys = {name: f"code/{package.digest(code)}.zip" for name, code in codes.items()}
    for key, code in {keys[name]: code for name, code in codes.items()}.items():
        target.s3.put_object(Bucket=bucket, Key=key, Body=code)
    addresses = {name: _upload(target, bucket, nested) for name, nested in ours.nested.items()}
    root = templates.addressed(ours.root, addresses)
    url = _upload(target, bucket, root)
    say(f"code and templates are in {bucket}")
    everything = {**parameters, "CodeBucket": bucket, **keys}
    protect = everything.get(PROTECT) == "true"
    if protect and _kind(target, stack) == "CREATE":
        say(f"{stack} is created, and then protected")
        change(target, stack, {"TemplateURL": url}, {**everything, PROTECT: "false"}, say)
    if _is_deployed(target, stack, root, everything):
        told = _up_to_date(target, stack, say)
    else:
        told = change(target, stack, {"TemplateURL": url}, everything, say)
    _set_termination_protection(target, stack, enabled=protect)
    return told


def _upload(target: Target, bucket: str, template: Template) -> str:
    """Upload the template, and return its address. Inline templates are limited to 51,200 bytes."""
    body = templates.dump(template).encode()
    key = f"templates/{package.digest(body)}.json"
    target.s3.put_object(Bucket=bucket, Key=key, Body=body)
    return f"{target.s3.meta.endpoint_url}/{bucket}/{key}"


def _is_deployed(target: Target, stack: str, root: Template, parameters: Mapping[str, str]) -> bool:
    """Return whether the last successful deployment of the stack used this very template and these parameters.

    A change set cannot tell, because it lists nested stacks as modified even if nothing in them has changed.
    """
    if _status(target, stack) not in _DONE:
        return False
    body = target.cloudformation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
    deployed = templates.parse(body) if isinstance(body, str) else body  # the SDK has already parsed it if it is JSON
    told = target.cloudformation.describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
    defaults = {n: str(p["Default"]) for n, p in root.get("Parameters", {}).items() if "Default" in p}
    return deployed == root and {p["ParameterKey"]: p["ParameterValue"] for p in told} == {**defaults, **parameters}


def change(
    target: Target, stack: str, template: Mapping[str, str], parameters: Mapping[str, str], say: Say
) -> dict[str, str]:
    """Create or update a stack through a change set. ``template`` is its ``TemplateURL`` or ``TemplateBody``.

    Raises:
        DeploymentFailed: as in ``deploy``.
    """
    kind = _kind(target, stack)
    name = f"deploy-{uuid.uuid4()}"
    target.cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType=kind,
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        **template,  # type: ignore[arg-type]  # one of two keyword arguments, both of them strings
        **({"RoleARN": target.builder} if target.builder else {}),  # type: ignore[arg-type]
    )
    changes = _planned(target, stack, name)
    if changes is None:
        target.cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
        return _up_to_date(target, stack, say)
    say(f"{stack}: {changes} changes")
    target.cloudformation.execute_change_set(StackName=stack, ChangeSetName=name, ClientRequestToken=name)
    _finish(target, stack, name)
    return outputs(target.cloudformation, stack)


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
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])}


def may_be_removed(target: Target, stack: str) -> bool:
    """Return whether the stack's creation has failed, and nothing in it is protected: it has never held any data."""
    described = _described(target, stack)
    if described is None or described["StackStatus"] not in _NEVER_MADE:
        return False
    protect = {p["ParameterKey"]: p["ParameterValue"] for p in described.get("Parameters", [])}.get(PROTECT)
    return protect != "true" and not described.get("EnableTerminationProtection")


def _clear(target: Target, stack: str, say: Say) -> None:
    """Delete what is left of a stack whose creation was rolled back, so that it can be created again."""
    if _status(target, stack) in _UNMADE and may_be_removed(target, stack):
        say(f"{stack} could not be created the last time, and is created again")
        destroy(target, stack, say)


def _set_termination_protection(target: Target, stack: str, *, enabled: bool) -> None:
    """Make CloudFormation refuse to delete the stack, with its nested ones, or allow it again."""
    described = _described(target, stack)
    if described is not None and bool(described.get("EnableTerminationProtection")) != enabled:
        target.cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=enabled)


def _status(target: Target, stack: str) -> str | None:
    described = _described(target, stack)
    return described["StackStatus"] if described else None


def _described(target: Target, stack: str) -> "StackTypeDef | None":
    try:
        return target.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # CloudFormation's code for "no such stack"
            return None
        raise


def _kind(target: Target, stack: str) -> "ChangeSetTypeType":
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


def prepare_account(target: Target, gateway_may_log: Callable[[], bool], say: Say) -> str:
    """Make sure that the account and Region have what every environment needs, and return the bucket for code.

    ``gateway_may_log`` returns whether the account has already given API Gateway a role for logs.

    Raises:
        DeploymentFailed: as in ``deploy``.
    """
    _clear(target, ACCOUNT_STACK, say)
    if _kind(target, ACCOUNT_STACK) == "CREATE":
        body = {"TemplateBody": ACCOUNT_TEMPLATE.read_text(encoding="utf-8")}
        change(target, ACCOUNT_STACK, body, {"GatewayLogs": "false" if gateway_may_log() else "true"}, say)
    told = outputs(target.cloudformation, ACCOUNT_STACK)
    if "ArtifactsBucket" not in told:
        raise DeploymentFailed(f"{ACCOUNT_STACK} does not tell its ArtifactsBucket: it is not of infra/account.yaml")
    return told["ArtifactsBucket"]


def main(arguments: list[str]) -> int:
    """Run the command line."""
    if len(arguments) != 1:
        print("usage: make deploy ENV=<environment>", file=sys.stderr)
        return 2
    if arguments[0] == LOCAL:
        print(
            f"deploy: {LOCAL} is the laptop's environment, which is never on AWS; it is for `make run`", file=sys.stderr
        )
        return 2
    try:
        environment = load(arguments[0])
        session = boto3.Session(region_name=environment.region)
        caller = session.client("sts").get_caller_identity()
        print(f"deploying {environment.stack} to account {caller['Account']}, {environment.region}")
        target = Target(session.client("cloudformation"), session.client("s3"))
        gateway = session.client("apigateway")
        bucket = prepare_account(target, lambda: bool(gateway.get_account().get("cloudwatchRoleArn")), print)
        target = target._replace(builder=environment.builder_role_arn)
        if notice := package.lost():
            print(notice)
        codes = package.whole_codes(package.ROOT / "build" / "lambda", environment.packages())
        parameters, ours = environment.parameters(), templates.load(numbers=environment.numbers())
        told = deploy(target, environment.stack, ours, parameters, codes, bucket, print)
    except NoCredentialsError:
        print("deploy: no AWS credentials; set AWS_PROFILE, or sign in with `aws sso login`", file=sys.stderr)
        return 1
    except (UnknownEnvironment, package.CannotPackage, DeploymentFailed, ClientError, BotoCoreError) as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1
    for key, value in sorted(told.items()):
        print(f"{key:24} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
