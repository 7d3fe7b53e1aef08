"""An environment's copies in a second Region: ``infra/recovery.yaml``, deployed there before the environment itself."""

from pathlib import Path

import boto3

from infra.deploy.stacks import Say, Target, change, clear
from infra.environment import Environment

TEMPLATE = Path(__file__).parents[1] / "recovery.yaml"


def stack_of(environment: Environment) -> str:
    """Return the name of the stack in the second Region."""
    return f"{environment.stack}-copies"


def prepared(session: boto3.Session, environment: Environment, say: Say) -> dict[str, str]:
    """Make sure that the second Region has what the environment's copies go to, and return the stack's outputs.

    Nothing is done, and nothing returned, if the environment has no copies.

    Raises:
        DeploymentFailed: as in ``infra.deploy.stacks.deploy``.
    """
    recovery = environment.recovery
    if recovery is None:
        return {}
    there = boto3.Session(region_name=recovery.region)
    target = Target(there.client("cloudformation"), session.client("s3"), builder=environment.builder_role_arn)
    say(f"preparing {stack_of(environment)} in {recovery.region}")
    return prepare(target, environment, say)


def prepare(target: Target, environment: Environment, say: Say) -> dict[str, str]:
    """Bring the stack in the second Region to the desired state, and return its outputs."""
    recovery = environment.recovery
    assert recovery is not None
    parameters = {
        "Environment": environment.name,
        "KeepDays": str(recovery.keep_days),
        "Lock": recovery.lock,
        "PermissionsBoundaryArn": environment.permissions_boundary_arn,
    }
    clear(target, stack_of(environment), say)
    body = {"TemplateBody": TEMPLATE.read_text(encoding="utf-8")}
    return change(target, stack_of(environment), body, parameters, say)
