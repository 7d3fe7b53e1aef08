"""The canary's users at Cognito. Their credentials are a SecureString in the Parameter Store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from parley.canary.model import Credentials
from parley.core.aws import errors
from parley.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_ssm import SSMClient


@contextmanager
def _refused() -> Iterator[None]:
    """Turn every refusal into ``Unavailable``, with AWS's code for it and nothing of its text."""
    try:
        with errors.translated():
            yield
    except ClientError as error:
        raise Unavailable(errors.code_of(error)) from error


class CognitoSignIns:
    """Signs in as an app does, with the password: Cognito asks for no rights in AWS."""

    def __init__(
        self, client: "CognitoIdentityProviderClient", parameters: "SSMClient", *, parameter: str, app: str
    ) -> None:
        """``parameter`` is the name of the SecureString, and ``app`` the id of the pool's client."""
        self._cognito = client
        self._client = parameters
        self._parameter = parameter
        self._app = app

    def credentials(self) -> Credentials:
        with _refused():
            told = self._client.get_parameter(Name=self._parameter, WithDecryption=True)
        try:
            return msgspec.json.decode(told["Parameter"]["Value"], type=Credentials)
        except msgspec.MsgspecError:
            raise Unavailable("they are not of infra.canary") from None

    def access_token(self, email: str, password: str) -> str:
        with _refused():
            told = self._cognito.initiate_auth(
                ClientId=self._app,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
            )
        return told["AuthenticationResult"]["AccessToken"]
