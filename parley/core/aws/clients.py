"""boto3 clients, made once per process and configured for chat: short timeouts, and retries with jitter.

The ``standard`` retry mode backs off exponentially with full jitter, on throttles and on transient faults.
"""

from typing import TYPE_CHECKING

import botocore
from botocore.config import Config

from parley.core.aws import responses, sessions

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient

POSTS = 16
"""How many posts run in parallel, each on its own connection."""


def _config(attempts: int, connections: int) -> Config:
    return Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=connections,
        tcp_keepalive=True,
        # Only the packages parley/*/aws build requests, and the contract tests send every one of them with
        # validation on.
        parameter_validation=False,
        # Otherwise botocore builds its own user agent again for every call, which takes a tenth of the call's CPU.
        user_agent=f"parley botocore/{botocore.__version__}",
    )


def dynamodb() -> "DynamoDBClient":
    """The client for both tables."""
    client = sessions.shared().client("dynamodb", config=_config(attempts=3, connections=POSTS))
    responses.take_plainly(client)
    return client


def connections_api(url: str) -> "ApiGatewayManagementApiClient":
    """``url`` is ``https://<api>.execute-api.<region>.amazonaws.com/<stage>``. The adapter does its own retries."""
    return sessions.shared().client(
        "apigatewaymanagementapi", endpoint_url=url, config=_config(attempts=1, connections=POSTS)
    )


def sns() -> "SNSClient":
    """The client for mobile push."""
    return sessions.shared().client("sns", config=_config(attempts=3, connections=POSTS))


def cognito() -> "CognitoIdentityProviderClient":
    """The client that administers the user pool."""
    return sessions.shared().client("cognito-idp", config=_config(attempts=3, connections=1))
