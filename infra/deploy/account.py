"""What an account and Region need once, before the first environment: ``infra/account.yaml``."""

from collections.abc import Callable
from pathlib import Path

import boto3

from infra.deploy.stacks import DeploymentFailed, Say, Target, change, change_type, clear, outputs

TEMPLATE = Path(__file__).parents[1] / "account.yaml"
STACK = "parley-account"


def prepare_account(target: Target, gateway_may_log: Callable[[], bool], say: Say) -> str:
    """Make sure that the account and Region have what every environment needs, and return the bucket for code.

    ``gateway_may_log`` returns whether the account has already given API Gateway a role for logs.

    Raises:
        DeploymentFailed: as in ``deploy``.
    """
    clear(target, STACK, say)
    if change_type(target, STACK) == "CREATE":
        body = {"TemplateBody": TEMPLATE.read_text(encoding="utf-8")}
        change(target, STACK, body, {"GatewayLogs": "false" if gateway_may_log() else "true"}, say)
    told = outputs(target.cloudformation, STACK)
    if "ArtifactsBucket" not in told:
        raise DeploymentFailed(f"{STACK} does not tell its ArtifactsBucket: it is not of infra/account.yaml")
    return told["ArtifactsBucket"]


def prepared(session: boto3.Session, say: Say) -> tuple[Target, str]:
    """Return where to deploy to with this session, and the bucket for code, which is there afterwards.

    Raises:
        DeploymentFailed: as in ``prepare_account``.
    """
    target = Target(session.client("cloudformation"), session.client("s3"))
    gateway = session.client("apigateway")
    return target, prepare_account(target, lambda: bool(gateway.get_account().get("cloudwatchRoleArn")), say)
