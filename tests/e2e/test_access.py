"""The team's access, deployed: the roles may do what docs/access.md says, and nothing else of it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from infra import access, templates
from infra.access.__main__ import REGION, ROOT, STACK
from infra.deploy.stacks import Target, deploy
from infra.flattening import flatten
from infra.local import workspace
from infra.local.deployment import BUCKET
from infra.local.emulator import Emulator, free_port
from tests.e2e.deployment import is_remote

DOCUMENT = Path(access.__file__).parents[2] / "docs" / "access.md"
ROLES = {
    "read-only": "parley-read-only",
    "developer": "parley-developer",
    "operator": "parley-operator",
    "redriver": "parley-redriver",
    "analyst": "parley-analyst",
    "builder": "parley-builder",
    "open builder": "parley-open-builder",
    "pipeline": "parley-pipeline",
}
PARAMETERS = {
    "AlarmEmail": "security@example.com",
    "Repository": "acme/chat",
    "PipelineProviderArn": "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com",
}
_NOT_EMBEDDED = {"AWS::CloudTrail::Trail", "AWS::IAM::Group", "AWS::IAM::OIDCProvider"}
"""What the embedded AWS's CloudFormation does not know. No role needs them."""


def _table() -> list[tuple[str, str, dict[str, bool]]]:
    """Return the rows of the document's table: the action, what it is done to, and which roles may."""
    text = DOCUMENT.read_text(encoding="utf-8").split("## May they?")[1]
    lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in re.findall(r"^\|.*", text, re.M)]
    head, _, *rows = lines
    return [
        (action.strip("`"), on, dict(zip(head[2:], (a == "yes" for a in may), strict=True)))
        for action, on, *may in rows
    ]


TABLE = _table()


class Account(NamedTuple):
    """An account with the team's access in it."""

    iam: Any
    resources: dict[str, str]

    def may(self, role: str, action: str, on: str) -> bool:
        answer = self.iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::000000000000:role/{role}",
            ActionNames=[action],
            ResourceArns=[self.resources[on]],
        )
        return bool(answer["EvaluationResults"][0]["EvalDecision"] == "allowed")


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    if is_remote():
        pytest.skip("needs an embedded AWS of its own")
    port = free_port()
    with Emulator(port, workspace.at(port).path, REGION, {}) as emulator:
        session = boto3.Session("test", "test", region_name=REGION)
        clients = {
            name: session.client(name, endpoint_url=emulator.endpoint)  # type: ignore[call-overload]
            for name in ("cloudformation", "s3", "iam")
        }
        clients["s3"].create_bucket(Bucket=BUCKET)
        target = Target(clients["cloudformation"], clients["s3"], poll=0.1)
        flat = flatten(templates.load(ROOT))
        known = {name: r for name, r in flat["Resources"].items() if r["Type"] not in _NOT_EMBEDDED}
        deploy(
            target, STACK, templates.Templates({**flat, "Resources": known}, {}), PARAMETERS, {}, BUCKET, lambda _: None
        )
        listed = clients["cloudformation"].list_stack_resources(StackName=STACK)["StackResourceSummaries"]
        physical = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in listed}
        yield Account(clients["iam"], _resources(physical))


def _resources(physical: dict[str, str]) -> dict[str, str]:
    """Return what the document names, as ARNs."""
    named = {
        "code": "arn:aws:s3:::parley-account-artifacts-1/code/abc.zip",
        "secret": "arn:aws:secretsmanager:us-east-1:000000000000:secret:google-abc",
        "builder": "arn:aws:iam::000000000000:role/team/parley-builder",
        "open builder": "arn:aws:iam::000000000000:role/team/parley-open-builder",
        "anybody": "arn:aws:iam::000000000000:user/eve",
        "boundary": physical["Boundary"],
        "trail": f"arn:aws:s3:::{physical['TrailBucket']}/AWSLogs/000000000000/x.json.gz",
        "the trail's logging": "arn:aws:cloudtrail:us-east-1:000000000000:trail/parley",
    }
    for which, environment in (("open", "dev"), ("prod", "prod")):
        stack = f"parley-{environment}"
        place = "us-east-1:000000000000"
        named |= {
            f"stack of {which}": f"arn:aws:cloudformation:{place}:stack/{stack}/1",
            f"log of {which}": f"arn:aws:logs:{place}:log-group:/aws/lambda/{stack}-Message",
            f"table of {which}": f"arn:aws:dynamodb:{place}:table/{stack}-DataStack-1-Log-1",
            f"stream of {which}": f"arn:aws:dynamodb:{place}:table/{stack}-DataStack-1-Log-1/stream/2026",
            f"work group of {which}": f"arn:aws:athena:{place}:workgroup/{stack}",
            f"events of {which}": f"arn:aws:s3:::{stack}-analyticsstack-1-events-1/events/arrived=2026-11-30/x.parquet",
            f"queue of {which}": f"arn:aws:sqs:{place}:{stack}-WorkersStack-1-Undelivered-1",
            f"function of {which}": f"arn:aws:lambda:{place}:function:{stack}-RealtimeStack-1-MessageFunction-1",
            f"page of {which}": f"arn:aws:s3:::{stack}-page-0a1b2c3d4e5f/index.html",
            f"media of {which}": "arn:aws:s3:::parley-media-1/files/1",
            f"users of {which}": f"arn:aws:cognito-idp:{place}:userpool/us-east-1_{environment}",
        }
    return named


@pytest.mark.parametrize(("action", "on", "may"), TABLE, ids=[f"{action} on {on}" for action, on, _ in TABLE])
def test_the_roles_may_do_what_the_document_says(account: Account, action: str, on: str, may: dict[str, bool]) -> None:
    assert {name: account.may(ROLES[name], action, on) for name in may} == may


def test_the_table_has_something_that_each_role_may_and_may_not_do() -> None:
    for name in ROLES:
        assert {may[name] for _, _, may in TABLE} == {True, False}, name


def test_no_role_of_a_person_can_be_assumed_without_a_second_factor(account: Account) -> None:
    people = ("read-only", "developer", "operator", "redriver", "analyst", "break-glass")
    for name in (f"parley-{role}" for role in people):
        (statement,) = account.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}
        assert statement["Condition"]["StringEquals"] == {"sts:RoleSessionName": "${aws:username}"}
    assert statement["Condition"]["NumericLessThan"] == {"aws:MultiFactorAuthAge": "900"}


def test_the_pipeline_is_of_one_repository_and_one_branch(account: Account) -> None:
    (statement,) = account.iam.get_role(RoleName="parley-pipeline")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert sorted(statement["Condition"]["StringEquals"].values()) == [
        "repo:acme/chat:ref:refs/heads/main",
        "sts.amazonaws.com",
    ]
