"""The legacy database's credentials, which AWS Secrets Manager keeps."""

from typing import TYPE_CHECKING

import msgspec
from botocore.config import Config

from parley.core.aws import errors, sessions
from parley.migration.mysql import Credentials

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def client() -> "SecretsManagerClient":
    """The client for Secrets Manager, made once per process. Cognito waits for five seconds in all."""
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    return sessions.shared().client("secretsmanager", config=config)


class SecretCredentials:
    """Reads the secret whenever it is called: a JSON object with ``username``, ``password`` and ``ca``.

    RDS's own rotation writes the first two and leaves the third alone.
    """

    def __init__(self, client: "SecretsManagerClient", secret: str) -> None:
        """``secret`` is the secret's ARN."""
        self._client = client
        self._secret = secret

    def __call__(self) -> Credentials:
        with errors.translated():
            told = self._client.get_secret_value(SecretId=self._secret)
        return msgspec.json.decode(told["SecretString"], type=Credentials)
