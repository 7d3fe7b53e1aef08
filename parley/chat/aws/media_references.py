"""Media references on DynamoDB: while nothing refers to an upload, its item is listed for collection."""

from typing import TYPE_CHECKING

from parley.chat.aws import items
from parley.core.aws.updates import ConditionalUpdates

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MEDIA_NAMES = {"#place": "place", "#until": "until"}


class DynamoMediaReferences:
    """A ``parley.chat.ports.MediaReferences``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._updates = ConditionalUpdates(client, table)

    def add_reference(self, media: str) -> None:
        # It is no longer listed for collection, and there is no longer a time by which it must be referred to.
        self._updates.existing(items.media_key(media), "REMOVE listed, #place, #until", _MEDIA_NAMES, {})

    def release_reference(self, media: str, now: int) -> None:
        values = items.unreferred(media, now)
        expression = "SET listed = :listed, #place = :place, #until = :until"
        self._updates.existing(
            items.media_key(media), expression, _MEDIA_NAMES, {f":{k}": v for k, v in values.items()}
        )
