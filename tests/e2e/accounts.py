"""An embedded AWS of a test's own, in which nothing is deployed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import boto3

from infra.deploy.stacks import Target
from infra.environment import LOCAL, load
from infra.local import workspace
from infra.local.emulator import Emulator, free_port

ENVIRONMENT = load(LOCAL)


class Account(NamedTuple):
    """An AWS account in which nothing is deployed."""

    target: Target
    endpoint: str

    def client(self, service: Any) -> Any:
        session = boto3.Session("test", "test", region_name=ENVIRONMENT.region)
        return session.client(service, endpoint_url=self.endpoint)

    def physical(self, stack: str) -> dict[str, str]:
        """The physical ids of a stack's resources, by logical ones."""
        pages = self.target.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        return {r["LogicalResourceId"]: r["PhysicalResourceId"] for p in pages for r in p["StackResourceSummaries"]}


@contextmanager
def account() -> Iterator[Account]:
    """An account that exists while the block lasts."""
    port = free_port()
    with Emulator(port, workspace.at(port).path, ENVIRONMENT.region, {}) as emulator:
        session = boto3.Session("test", "test", region_name=ENVIRONMENT.region)
        cloudformation = session.client("cloudformation", endpoint_url=emulator.endpoint)
        s3 = session.client("s3", endpoint_url=emulator.endpoint)
        yield Account(Target(cloudformation, s3, poll=0.1), emulator.endpoint)
