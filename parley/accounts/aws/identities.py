"""Users' identities in a Cognito user pool."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from parley.core.aws import errors

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_NONE = "UserNotFoundException"


class CognitoIdentities:
    """A ``parley.accounts.ports.Identities``."""

    def __init__(self, client: "CognitoIdentityProviderClient", pool: str) -> None:
        self._client = client
        self._pool = pool

    def told(self, username: str) -> dict[str, str]:
        try:
            with errors.translated():
                user = self._client.admin_get_user(UserPoolId=self._pool, Username=username)
        except ClientError as error:
            if errors.code_of(error) == _NONE:
                return {}
            raise
        return {a["Name"]: a.get("Value", "") for a in user["UserAttributes"]}

    def delete(self, username: str) -> None:
        try:
            with errors.translated():
                self._client.admin_delete_user(UserPoolId=self._pool, Username=username)
        except ClientError as error:
            if errors.code_of(error) != _NONE:
                raise
