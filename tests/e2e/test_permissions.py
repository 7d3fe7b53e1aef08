"""Each function's role may do what its function does, and nothing else."""

from typing import Any

import boto3
import pytest

from tests.e2e.deployment import Deployment

pytestmark = pytest.mark.gateway_only  # the roles are the same, whichever serves the sockets
ACCOUNT = "arn:aws:{service}:us-east-1:000000000000:{rest}"


class Roles:
    def __init__(self, iam: Any, roles: dict[str, str]) -> None:
        self._iam = iam
        self._roles = roles

    def may(self, function: str, action: str, resource: str) -> bool:
        answer = self._iam.simulate_principal_policy(
            PolicySourceArn=self._roles[function], ActionNames=[action], ResourceArns=[resource]
        )
        return answer["EvaluationResults"][0]["EvalDecision"] == "allowed"


@pytest.fixture
def roles(local: Deployment) -> Roles:
    assert local.local is not None
    session = boto3.Session("test", "test", region_name="us-east-1")
    functions = local.local.functions.list_functions()["Functions"]
    by_handler = {f["Handler"].split(".")[1]: f["Role"] for f in functions}
    return Roles(session.client("iam", endpoint_url=local.local.endpoint), by_handler)


@pytest.fixture
def resources(local: Deployment) -> dict[str, str]:
    assert local.local is not None
    outputs = local.local.outputs
    socket = f"{outputs['ApiId']}/{outputs['StageName']}"
    return {
        "log": ACCOUNT.format(service="dynamodb", rest=f"table/{outputs['LogTable']}"),
        "directory": ACCOUNT.format(service="dynamodb", rest=f"table/{outputs['DirectoryTable']}"),
        "post": ACCOUNT.format(service="execute-api", rest=f"{socket}/POST/@connections/abc="),
        "close": ACCOUNT.format(service="execute-api", rest=f"{socket}/DELETE/@connections/abc="),
        "endpoint": ACCOUNT.format(service="sns", rest="endpoint/GCM/parley/1"),
        "another's endpoint": ACCOUNT.format(service="sns", rest="endpoint/GCM/another/1"),
        "export": f"arn:aws:s3:::{outputs['UserFilesBucket']}/exports/ben/e1.zip",
        "file": f"arn:aws:s3:::{outputs['MediaBucket']}/files/01JDA0000000000000000000AA",
        "image": f"arn:aws:s3:::{outputs['MediaBucket']}/images/01JDA0000000000000000000AA",
        "thumbnail": f"arn:aws:s3:::{outputs['MediaBucket']}/thumbnails/01JDA0000000000000000000AA.webp",
        "topic": ACCOUNT.format(service="sns", rest="alarms"),
    }


ALLOWED = [
    ("connect", "dynamodb:UpdateItem", "directory"),
    ("connect", "execute-api:ManageConnections", "close"),
    ("disconnect", "dynamodb:UpdateItem", "directory"),
    ("message", "dynamodb:Query", "log"),
    ("app", "execute-api:ManageConnections", "close"),  # a socket that does not take an entry (decision 0011)
    ("message", "dynamodb:PutItem", "log"),
    ("message", "dynamodb:BatchGetItem", "directory"),
    ("message", "dynamodb:BatchGetItem", "log"),
    ("app", "dynamodb:BatchGetItem", "log"),
    ("message", "execute-api:ManageConnections", "post"),
    ("message", "execute-api:ManageConnections", "close"),
    ("stream", "dynamodb:UpdateItem", "directory"),
    ("stream", "execute-api:ManageConnections", "post"),
    ("stream", "execute-api:ManageConnections", "close"),
    ("stream", "sns:Publish", "endpoint"),
    ("stream", "sns:DeleteEndpoint", "endpoint"),
    ("stream", "sns:GetEndpointAttributes", "endpoint"),
    ("stream", "dynamodb:PutItem", "directory"),
    ("stream", "dynamodb:DeleteItem", "directory"),
    ("app", "sns:SetEndpointAttributes", "endpoint"),
    ("uploads", "execute-api:ManageConnections", "close"),  # a socket that is closing (decision 0025)
    ("image_uploads", "execute-api:ManageConnections", "close"),
    ("uploads", "s3:GetObject", "file"),
    ("uploads", "s3:DeleteObject", "file"),
    ("image_uploads", "s3:GetObject", "image"),
    ("image_uploads", "s3:PutObject", "thumbnail"),
    ("media_collection", "s3:DeleteObject", "thumbnail"),
    ("media_collection", "dynamodb:DeleteItem", "directory"),
    ("app", "s3:RestoreObject", "image"),
    ("account_export", "dynamodb:Query", "log"),
    ("account_export", "s3:PutObject", "export"),
    ("account_export", "s3:DeleteObject", "export"),
    ("account_deletion", "dynamodb:DeleteItem", "directory"),
    ("account_deletion", "dynamodb:BatchWriteItem", "log"),
    ("account_deletion", "s3:DeleteObject", "export"),
    ("account_deletion", "sns:DeleteEndpoint", "endpoint"),
]
DENIED = [
    ("authorizer", "dynamodb:BatchGetItem", "directory"),
    ("connect", "dynamodb:Query", "log"),
    ("connect", "execute-api:ManageConnections", "post"),
    ("disconnect", "dynamodb:DeleteItem", "directory"),
    ("disconnect", "execute-api:ManageConnections", "close"),
    ("message", "dynamodb:DeleteItem", "log"),
    ("message", "dynamodb:UpdateItem", "log"),
    ("message", "dynamodb:Scan", "log"),
    ("message", "sns:Publish", "endpoint"),
    ("stream", "dynamodb:Query", "log"),
    ("stream", "dynamodb:PutItem", "log"),
    ("stream", "sns:Publish", "topic"),
    ("stream", "sns:Publish", "another's endpoint"),
    ("app", "sns:DeleteEndpoint", "another's endpoint"),
    ("uploads", "s3:GetObject", "image"),
    ("uploads", "s3:PutObject", "file"),
    ("image_uploads", "s3:GetObject", "file"),
    ("image_uploads", "s3:PutObject", "image"),
    ("image_uploads", "sns:Publish", "endpoint"),
    ("media_collection", "s3:GetObject", "file"),
    ("media_collection", "dynamodb:PutItem", "directory"),
    ("app", "s3:DeleteObject", "file"),
    ("app", "s3:PutObject", "thumbnail"),
    ("message", "s3:GetObject", "file"),
    ("user_pool", "dynamodb:Query", "log"),
    ("user_pool", "dynamodb:DeleteItem", "directory"),
    ("account_export", "dynamodb:DeleteItem", "directory"),
    ("account_export", "dynamodb:PutItem", "log"),
    ("account_export", "s3:GetObject", "export"),
    ("account_deletion", "dynamodb:PutItem", "log"),
    ("account_deletion", "s3:GetObject", "export"),
]


@pytest.mark.parametrize(("function", "action", "on"), ALLOWED)
def test_a_function_may(roles: Roles, resources: dict[str, str], function: str, action: str, on: str):
    assert roles.may(function, action, resources[on])


@pytest.mark.parametrize(("function", "action", "on"), DENIED)
def test_a_function_may_not(roles: Roles, resources: dict[str, str], function: str, action: str, on: str):
    assert not roles.may(function, action, resources[on])
