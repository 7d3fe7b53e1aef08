"""boto3 clients, made once per process, and set up for a chat: short time-outs, retries with jitter.

``standard`` retries back off exponentially with full jitter, on throttles and on transient faults.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import boto3
import botocore
from botocore.config import Config

from parley.core.aws import responses, sessions

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient

POSTS = 16
"""Posts side by side, each on a connection of its own."""


def _config(attempts: int, connections: int) -> Config:
    return Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=connections,
        tcp_keepalive=True,
        # Requests are built in chat.aws alone, and the contract tests send every one of them with validation on.
        parameter_validation=False,
        # botocore otherwise puts its own together anew for every call, which is a tenth of the call's CPU.
        user_agent=f"parley botocore/{botocore.__version__}",
    )


@lru_cache(maxsize=1)
def _session() -> boto3.Session:
    return sessions.session()


def dynamodb() -> "DynamoDBClient":
    """Both tables."""
    client = _session().client("dynamodb", config=_config(attempts=3, connections=POSTS))
    responses.take_plainly(client)
    return client


def connections_api(url: str) -> "ApiGatewayManagementApiClient":
    """``url`` is ``https://<api>.execute-api.<region>.amazonaws.com/<stage>``; retries are the adapter's own."""
    return _session().client("apigatewaymanagementapi", endpoint_url=url, config=_config(attempts=1, connections=POSTS))


def sns() -> "SNSClient":
    """Mobile push."""
    return _session().client("sns", config=_config(attempts=3, connections=POSTS))


def cognito() -> "CognitoIdentityProviderClient":
    """The user pool's administration."""
    return _session().client("cognito-idp", config=_config(attempts=3, connections=1))
