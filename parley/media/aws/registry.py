"""What is known about uploads, on DynamoDB. Each has an item and a row beside its owner's rows, and there is a count of
each owner's uploads per day.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.chat.aws.items import media_key
from parley.core.aws import errors, listings
from parley.core.aws.paging import query_pages, rows_after
from parley.core.aws.updates import ConditionalUpdates
from parley.core.errors import RateLimited
from parley.core.writes import Occupied, Stored
from parley.media.aws import items
from parley.media.model import DAILY_BYTES, DAILY_FILES, Media

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_DAY_MS = 24 * 3600 * 1000
_REMEMBERED_S = 7 * 24 * 3600
# For how long a refusal can be read and a day's count is kept.
_AWAY = {":archived": {"S": "archived"}, ":restoring": {"S": "restoring"}}


class DynamoMediaRegistry:
    """A ``parley.media.ports.MediaRegistry``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._updates = ConditionalUpdates(client, table)

    def open(self, media: Media) -> None:
        day = media.created // _DAY_MS
        count: dict[str, Any] = {
            "Key": items.allowance_key(media.owner, day),
            "UpdateExpression": "ADD files :one, bytes :size SET expires = :expires",
            "ConditionExpression": "attribute_not_exists(pk) OR (files < :files AND bytes <= :room)",
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":size": {"N": str(media.size)},
                ":expires": {"N": str(media.created // 1000 + _REMEMBERED_S)},
                ":files": {"N": str(DAILY_FILES)},
                ":room": {"N": str(DAILY_BYTES - media.size)},
            },
        }
        puts = [items.media_item(media), items.owned_key(media.owner, media.id)]
        writes: list[Any] = [
            {"Update": {"TableName": self._table, **count}},
            *({"Put": {"TableName": self._table, "Item": i}} for i in puts),
        ]
        try:
            with errors.translated():
                self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if "ConditionalCheckFailed" not in [r.get("Code") for r in errors.cancellation_reasons(error)]:
                raise
            tomorrow = (_DAY_MS - media.created % _DAY_MS) / 1000
            raise RateLimited("enough uploads for today", retry_after=tomorrow) from error

    def media(self, media: str) -> Media | None:
        with errors.translated():
            answer = self._client.get_item(TableName=self._table, Key=media_key(media), ConsistentRead=True)
        return items.media(answer["Item"]) if "Item" in answer else None

    def settle(self, old: Media, new: Media, now: int) -> Stored | Occupied[Media | None]:
        told = {
            "state": {"S": new.state},
            "reason": {"S": new.reason},
            "width": {"N": str(new.width)},
            "height": {"N": str(new.height)},
            **({"thumbnail": {"BOOL": True}} if new.thumbnail else {}),
            **({"expires": {"N": str(now // 1000 + _REMEMBERED_S)}} if new.state == "refused" else {}),
        }
        expression = "SET " + ", ".join(f"#{n} = :{n}" for n in told)
        if new.state == "refused":
            expression += " REMOVE listed, #place"
        outcome = self._conditionally(
            old.id,
            UpdateExpression=expression,
            ConditionExpression="#state = :old",
            ExpressionAttributeNames={f"#{n}": n for n in [*told, *(["place"] if new.state == "refused" else [])]},
            ExpressionAttributeValues={":old": {"S": old.state}, **{f":{n}": v for n, v in told.items()}},
        )
        if isinstance(outcome, Stored) and new.state == "refused":
            with errors.translated():
                self._client.delete_item(TableName=self._table, Key=items.owned_key(new.owner, new.id))
        return outcome

    def wait(self, media: str, user: str) -> Stored | Occupied[Media | None]:
        return self._conditionally(
            media,
            UpdateExpression="SET #state = :restoring ADD waiting :user",
            ConditionExpression="#state IN (:archived, :restoring)",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":user": {"SS": [user]}, **_AWAY},
        )

    def restored(self, media: str) -> Media | Occupied[Media | None]:
        back = self._update(
            media,
            UpdateExpression="SET #state = :ready",
            ConditionExpression="#state IN (:archived, :restoring) OR (#state = :ready AND attribute_exists(waiting))",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":ready": {"S": "ready"}, **_AWAY},
            ReturnValues="ALL_NEW",
        )
        return Occupied(self.media(media)) if back is None else items.media(back)

    def told(self, media: Media) -> None:
        if media.waiting:
            self._update(
                media.id,
                UpdateExpression="DELETE waiting :told",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":told": {"SS": list(media.waiting)}},
            )

    def unreferred(self, day: int) -> list[Media]:
        pages = query_pages(
            self._client,
            TableName=self._table,
            IndexName=listings.INDEX,
            KeyConditionExpression="listed = :day",
            ExpressionAttributeValues={":day": {"S": listings.unreferred_media(day * _DAY_MS)}},
        )
        return [items.media(i) for page in pages for i in page]

    def claim(self, media: Media) -> Stored | Occupied[Media | None]:
        return self._conditionally(
            media.id,
            UpdateExpression="SET #state = :removed",
            ConditionExpression="attribute_exists(listed)",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":removed": {"S": "removed"}},
        )

    def withdraw(self, media: str) -> None:
        self._update(
            media,
            UpdateExpression="SET #state = :removed",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":removed": {"S": "removed"}},
        )

    def owned(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        first, last = items.owned_key(user, after), items.owned_key(user, "\U0010ffff")
        rows, more = rows_after(self._client, self._table, first, last, limit)
        return [i["sk"]["S"].removeprefix("M#") for i in rows], more

    def forget(self, media: str, owner: str) -> None:
        # The owner's row is deleted last, because it is what leads here again if we die in between.
        for key in (media_key(media), items.owned_key(owner, media)):
            with errors.translated():
                self._client.delete_item(TableName=self._table, Key=key)

    def _conditionally(self, media: str, **update: Any) -> Stored | Occupied[Media | None]:
        outcome = self._updates.conditionally(Key=media_key(media), **update)
        if isinstance(outcome, Stored):
            return outcome
        return Occupied(items.media(outcome.current) if outcome.current else None)

    def _update(self, media: str, **update: Any) -> dict[str, Any] | None:
        """Update, and return the attributes in DynamoDB's response; None if the condition did not hold."""
        try:
            with errors.translated():
                answer = self._client.update_item(TableName=self._table, Key=media_key(media), **update)
        except ClientError as error:
            if errors.condition_failed(error):
                return None
            raise
        return answer.get("Attributes", {})
