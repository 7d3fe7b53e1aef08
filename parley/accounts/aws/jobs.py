"""Work for which nobody waits: Lambda functions invoked asynchronously. If one fails, Lambda tries it again."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from parley.accounts.model import Export
from parley.core.aws import errors

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaJobs:
    """A ``parley.accounts.ports.Jobs``. Its client takes a long time to make, so it is made only when needed."""

    def __init__(self, client: "Callable[[], LambdaClient]", exporting: str) -> None:
        """``exporting`` names the function that makes archives."""
        self._client = client
        self._exporting = exporting

    def export(self, export: Export, username: str) -> None:
        payload = msgspec.json.encode({"export": export, "username": username})
        with errors.translated():
            self._client().invoke(FunctionName=self._exporting, InvocationType="Event", Payload=payload)
