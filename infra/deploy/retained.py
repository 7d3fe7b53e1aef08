"""What is left when a stack is gone: the resources that hold what users have stored, which the templates retain."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.exceptions import ClientError

from infra import templates

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class Retained(NamedTuple):
    """A resource that outlives its stack, but for the buckets that a deployment fills (``REBUILT``).

    Attributes:
        id: its physical id.
        rebuilt: whether it is such a bucket, which the stack takes along once it is empty.
    """

    kind: str
    id: str
    rebuilt: bool = False


REBUILT = frozenset({"PageFiles"})
"""The logical ids of buckets that hold nothing of users (``infra.page``)."""


def of(cloudformation: "CloudFormationClient", stack: str) -> list[Retained]:
    """Return what holds data in a stack and its nested ones. It is empty if there is no such stack."""
    try:
        return list(_in(cloudformation, stack))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # CloudFormation's code for "no such stack"
            return []
        raise


def _in(cloudformation: "CloudFormationClient", stack: str) -> Iterator[Retained]:
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            physical = resource.get("PhysicalResourceId", "")
            if resource["ResourceType"] == templates.STACK and physical:
                yield from _in(cloudformation, physical)
            elif resource["ResourceType"] in STATEFUL and physical:
                yield Retained(resource["ResourceType"], physical, resource["LogicalResourceId"] in REBUILT)


def delete(session: boto3.Session, resource: Retained, **client: Any) -> None:
    """Delete a resource with everything in it. ``client`` is passed on to the AWS SDK's clients."""
    STATEFUL[resource.kind](session, resource.id, client)


def empty(session: boto3.Session, bucket: str, **client: Any) -> None:
    """Delete everything in a bucket: current objects, earlier ones and deletion marks."""
    session.resource("s3", **client).Bucket(bucket).object_versions.delete()


def _table(session: boto3.Session, name: str, client: dict[str, Any]) -> None:
    session.client("dynamodb", **client).delete_table(TableName=name)


def _bucket(session: boto3.Session, name: str, client: dict[str, Any]) -> None:
    empty(session, name, **client)
    session.client("s3", **client).delete_bucket(Bucket=name)


def _pool(session: boto3.Session, pool: str, client: dict[str, Any]) -> None:
    session.client("cognito-idp", **client).delete_user_pool(UserPoolId=pool)


STATEFUL: dict[str, Callable[[boto3.Session, str, dict[str, Any]], None]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::Cognito::UserPool": _pool,
}
"""The kinds of resources that hold what is stored, and how each is deleted."""
