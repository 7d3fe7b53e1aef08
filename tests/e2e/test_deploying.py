"""An environment is deployed, deployed again and destroyed, by the code that does so on AWS."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest

from infra import package, templates
from infra.deploy.stacks import Target, deploy, destroy
from infra.environment import LOCAL, load
from infra.flattening import flatten
from infra.local import workarounds, workspace
from infra.local.deployment import BUCKET
from infra.local.emulator import Emulator, free_port
from tests.e2e.deployment import is_remote

ENVIRONMENT = load(LOCAL)
KEPT = {"Directory", "Events", "Log", "Media", "UserFiles", "Users"}


class Account(NamedTuple):
    """An AWS account in which nothing is deployed."""

    target: Target
    endpoint: str

    def client(self, service: Any) -> Any:
        session = boto3.Session("test", "test", region_name=ENVIRONMENT.region)
        return session.client(service, endpoint_url=self.endpoint)


@pytest.fixture
def account() -> Iterator[Account]:
    if is_remote():
        pytest.skip("needs an embedded AWS of its own")
    port = free_port()
    with Emulator(port, workspace.at(port).path, ENVIRONMENT.region, {}) as emulator:
        session = boto3.Session("test", "test", region_name=ENVIRONMENT.region)
        cloudformation = session.client("cloudformation", endpoint_url=emulator.endpoint)
        s3 = session.client("s3", endpoint_url=emulator.endpoint)
        yield Account(Target(cloudformation, s3, poll=0.1), emulator.endpoint)


def test_deploy_deploy_again_and_destroy(account: Account) -> None:
    said: list[str] = []
    target = account.target
    target.s3.create_bucket(Bucket=BUCKET)
    flat = workarounds.bridge(flatten(templates.load()), account.endpoint).template
    codes = package.local_codes()

    def put(**changes: str) -> dict[str, str]:
        parameters = {**ENVIRONMENT.parameters(), **changes}
        return deploy(target, ENVIRONMENT.stack, templates.Templates(flat, {}), parameters, codes, BUCKET, said.append)

    def change_sets() -> int:
        return len(target.cloudformation.list_change_sets(StackName=ENVIRONMENT.stack)["Summaries"])

    told = put()
    assert said[-1].endswith(" changes")
    pages = target.cloudformation.get_paginator("list_stack_resources").paginate(StackName=ENVIRONMENT.stack)
    physical = {r["LogicalResourceId"]: r["PhysicalResourceId"] for p in pages for r in p["StackResourceSummaries"]}
    before = change_sets()
    assert put() == told
    assert said[-1] == f"{ENVIRONMENT.stack} is up to date"
    assert change_sets() == before
    assert put(PushPreview="none") == told
    assert said[-1].endswith(" changes")

    destroy(target, ENVIRONMENT.stack, said.append)
    assert said[-1] == f"{ENVIRONMENT.stack} is deleted"
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("apigatewayv2").get_apis()["Items"] == []
    tables = account.client("dynamodb").list_tables()["TableNames"]
    buckets = [b["Name"] for b in target.s3.list_buckets()["Buckets"]]
    pools = [p["Id"] for p in account.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]]
    assert {*tables, *buckets, *pools} - {BUCKET} == {physical[name] for name in KEPT}
    destroy(target, ENVIRONMENT.stack, said.append)
    assert said[-1] == f"{ENVIRONMENT.stack} does not exist"
