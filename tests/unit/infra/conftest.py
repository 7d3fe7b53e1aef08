"""Two stand-ins for AWS: moto, and a stub of CloudFormation."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from infra.deploy.stacks import Target
from tests.unit.infra.stub import REGION, Stub


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def aws() -> Iterator[Target]:
    with mock_aws():
        yield Target(boto3.client("cloudformation", REGION), boto3.client("s3", REGION), poll=0)


@pytest.fixture
def stub() -> Stub:
    return Stub()
