"""Blocks on DynamoDB: one item per pair, in the partition of the user who blocks.

The row of that user, which every message reads, also counts them, and has the first few as a set. Item and row are
written in one transaction. So a row whose set has as many as it counts has all of them, and any other row leaves it to
the items. No other item has to be read to keep that true, whoever blocks and unblocks at the same time.

A row of an earlier version is counted before anything else is written, on the condition that nobody else has done so.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.chat.aws import items
from parley.chat.model import BlockDigest
from parley.chat.ports import FEW_BLOCKS
from parley.core import pages
from parley.core.aws import errors
from parley.core.aws.paging import rows_after
from parley.core.aws.updates import ConditionalUpdates
from parley.core.errors import NotFound, Unavailable
from parley.delivery.aws import items as delivery

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 5
# An attempt is lost only to the user's own other devices, or when the row was counted just now.
_PAGE = 1_000
_FAILED = "ConditionalCheckFailed"
_COUNTED = "#n >= :none"
_NAMES = {"#n": delivery.BLOCKED, "#few": items.BLOCKS}
_NONE = {":none": {"N": "0"}}


class DynamoBlocks:
    """A ``parley.chat.ports.Blocks`` and a ``BlockCounts``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._updates = ConditionalUpdates(client, table)

    def block(self, user: str, other: str) -> None:
        put = {"Put": {"Item": items.block_key(user, other), "ConditionExpression": "attribute_not_exists(pk)"}}
        for _ in range(_ATTEMPTS):
            digest = self._digest(user)
            if digest is None:
                raise NotFound("no such user")
            refused = self._transact(put, _count_in(user, other, few=len(digest.few) < FEW_BLOCKS))
            if _FAILED in refused[:1] and digest.says(other) is False:
                self._distrust(user)
            if not refused or refused[0] == _FAILED:
                return
        raise Unavailable("too many are blocking at once", retry_after=errors.RETRY_AFTER)

    def unblock(self, user: str, other: str) -> None:
        key = items.block_key(user, other)
        delete = {"Delete": {"Key": key, "ConditionExpression": "attribute_exists(pk)"}}
        for _ in range(_ATTEMPTS):
            digest = self._digest(user)
            if digest is None:
                nobody = {"Key": delivery.recipient_key(user), "ConditionExpression": "attribute_not_exists(pk)"}
                refused = self._transact({"Delete": {"Key": key}}, {"ConditionCheck": nobody})
            else:
                refused = self._transact(delete, _count_out(user, other))
                if _FAILED in refused[:1] and digest.says(other):
                    self._distrust(user)
            if not refused or refused[0] == _FAILED:
                return
        raise Unavailable("too many are unblocking at once", retry_after=errors.RETRY_AFTER)

    def blocked(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        first, last = items.block_key(user, after), items.block_key(user, "\U0010ffff")
        rows, more = rows_after(self._client, self._table, first, last, limit)
        return [items.block(i)[1] for i in rows], more

    def count_blocks(self, user: str) -> None:
        walk = pages.walk(lambda after: self.blocked(user, after, _PAGE), "", lambda other: other)
        blocked = [other for page in walk for other in page]
        few = {":few": {"SS": blocked[:FEW_BLOCKS]}} if blocked else {}
        # Nobody blocks or unblocks before the row is counted, so that if it still is not, these are all.
        self._updates.conditionally(
            Key=delivery.recipient_key(user),
            UpdateExpression="SET #n = :n" + (", #few = :few" if few else " REMOVE #few"),
            ConditionExpression="attribute_exists(pk) AND (attribute_not_exists(#n) OR #n < :none)",
            ExpressionAttributeNames=_NAMES,
            ExpressionAttributeValues={":n": {"N": str(len(blocked))}, **few, **_NONE},
        )

    def _digest(self, user: str) -> BlockDigest | None:
        """What the user's row says, read strongly and after it was counted; None if there is no such user."""
        for _ in range(_ATTEMPTS):
            key = delivery.recipient_key(user)
            with errors.translated():
                row = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
            if row is None:
                return None
            digest = items.digest(row)
            if digest is not None:
                return digest
            self.count_blocks(user)
        raise Unavailable("too many are blocking at once", retry_after=errors.RETRY_AFTER)

    def _distrust(self, user: str) -> None:
        """Have a row counted again that does not agree with its items, as after a version that does not count."""
        self._updates.conditionally(
            Key=delivery.recipient_key(user),
            UpdateExpression="SET #n = :long REMOVE #few",
            ConditionExpression=_COUNTED,
            ExpressionAttributeNames=_NAMES,
            ExpressionAttributeValues={":long": {"N": "-1"}, **_NONE},
        )

    def _transact(self, item: dict[str, Any], row: dict[str, Any]) -> list[str | None]:
        """Do both or nothing. Returns an empty list if it is done, and otherwise why each of the two was refused."""
        actions = [{kind: {"TableName": self._table, **a} for kind, a in action.items()} for action in (item, row)]
        try:
            with errors.translated():
                self._client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]
        except ClientError as error:
            codes = [r.get("Code") for r in errors.cancellation_reasons(error)]
            if _FAILED not in codes:
                raise
            return codes
        return []


def _count_in(user: str, other: str, *, few: bool) -> dict[str, Any]:
    """The update of a row by one more block; with ``few``, the other is to be one of the few."""
    values: dict[str, Any] = {":one": {"N": "1"}, **_NONE}
    if few:
        values |= {":other": {"SS": [other]}, ":most": {"N": str(FEW_BLOCKS)}}
    room = f"{_COUNTED} AND (attribute_not_exists(#few) OR size(#few) < :most)"
    return _row(user, "ADD #n :one" + (", #few :other" if few else ""), room if few else _COUNTED, values, few=few)


def _count_out(user: str, other: str) -> dict[str, Any]:
    values = {":one": {"N": "-1"}, ":other": {"SS": [other]}, **_NONE}
    return _row(user, "ADD #n :one DELETE #few :other", _COUNTED, values)


def _row(user: str, expression: str, condition: str, values: dict[str, Any], *, few: bool = True) -> dict[str, Any]:
    return {
        "Update": {
            "Key": delivery.recipient_key(user),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": _NAMES if few else {"#n": delivery.BLOCKED},
            "ExpressionAttributeValues": values,
        }
    }
