"""Profiles on DynamoDB. Each has its own item; the name and photo are also stored beside the user's connections, where
others read them.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from msgspec.structs import replace

from parley.accounts.aws import items
from parley.accounts.model import Profile, unwritten
from parley.core.aws import errors, listings
from parley.core.aws.batch import batch_get
from parley.core.aws.threads import Threads
from parley.core.errors import NotFound
from parley.core.writes import STORED, Occupied, Stored
from parley.delivery.aws.items import recipient as reach_of
from parley.delivery.aws.items import recipient_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoProfiles:
    """A ``parley.accounts.ports.Profiles``."""

    def __init__(self, client: "DynamoDBClient", table: str, threads: Threads) -> None:
        self._client = client
        self._table = table
        self._threads = threads

    def profile(self, user: str) -> Profile | None:
        keys = [recipient_key(user), items.profile_key(user)]
        found = {i["sk"]["S"]: i for i in batch_get(self._client, self._table, keys, self._threads, strong=True)}
        if "REACH" not in found:
            return None
        recipient = reach_of(found["REACH"])
        told = found.get("PROFILE")
        return replace(items.profile(told), role=recipient.role) if told else unwritten(recipient)

    def store(self, profile: Profile) -> Stored | Occupied[Profile]:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": items.profile_item(profile),
            "ConditionExpression": "version = :before" if profile.version > 1 else "attribute_not_exists(pk)",
            **({"ExpressionAttributeValues": _before(profile)} if profile.version > 1 else {}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        told: dict[str, Any] = {
            "TableName": self._table,
            "Key": recipient_key(profile.user),
            "UpdateExpression": "SET #name = :name, photo = :photo",
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeNames": {"#name": "name"},
            "ExpressionAttributeValues": {":name": {"S": profile.name}, ":photo": {"S": profile.photo}},
        }
        try:
            with errors.translated():
                self._client.transact_write_items(TransactItems=[{"Put": put}, {"Update": told}])  # type: ignore[typeddict-item]
        except ClientError as error:
            reasons = [r.get("Code") for r in errors.cancellation_reasons(error)]
            if "ConditionalCheckFailed" not in reasons:
                raise
            stored = self.profile(profile.user)
            if stored is None:
                raise NotFound("no such user") from error
            return Occupied(stored)
        return STORED

    def listed(self, category: str, after: tuple[str, str], limit: int) -> tuple[list[Profile], bool]:
        behind = {"S": items.place(*after)} if any(after) else {"S": " "}
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                IndexName=listings.INDEX,
                KeyConditionExpression="listed = :c AND place > :p",
                ExpressionAttributeValues={":c": {"S": listings.providers(category)}, ":p": behind},
                Limit=limit,
            )
        return [items.profile(i) for i in page["Items"]], "LastEvaluatedKey" in page


def _before(profile: Profile) -> dict[str, Any]:
    return {":before": {"N": str(profile.version - 1)}}
