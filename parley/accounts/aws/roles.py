"""Roles as groups of a Cognito user pool, which puts them into every token as ``cognito:groups``."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from parley.core.aws import errors
from parley.core.errors import NotFound
from parley.core.session import Role

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


class CognitoRoles:
    """A ``parley.accounts.ports.Roles``."""

    def __init__(self, client: "CognitoIdentityProviderClient", pool: str) -> None:
        self._client = client
        self._pool = pool

    def grant(self, username: str, role: Role) -> None:
        try:
            with errors.translated():
                self._client.admin_add_user_to_group(UserPoolId=self._pool, Username=username, GroupName=role)
        except ClientError as error:
            if errors.code_of(error) == "UserNotFoundException":
                raise NotFound("no such user") from error
            raise
