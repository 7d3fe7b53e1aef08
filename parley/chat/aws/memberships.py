"""Memberships on DynamoDB: one item per user and conversation, in the user's partition."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from parley.chat.aws import items
from parley.chat.model import Membership
from parley.core.aws import errors
from parley.core.aws.attributes import Item
from parley.core.aws.paging import rows_after
from parley.core.aws.updates import ConditionalUpdates
from parley.core.errors import NotFound
from parley.core.writes import Occupied, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INBOX = "inbox"
"""The index of a user's memberships by inbox rank. It holds only keys, so that a mark costs no write in it."""


class DynamoMemberships:
    """A ``parley.chat.ports.Memberships``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._updates = ConditionalUpdates(client, table)

    def memberships(self, user: str, after: str, limit: int) -> tuple[list[Membership], bool]:
        first, last = items.membership_key(user, after), items.membership_key(user, "\U0010ffff")
        rows, more = rows_after(self._client, self._table, first, last, limit)
        return [items.membership(i) for i in rows], more

    def inbox_page(
        self, user: str, after: tuple[int, str] | None, limit: int, *, archived: bool = False
    ) -> tuple[list[tuple[int, str]], bool]:
        start: dict[str, Any] = {}
        if after is not None:
            place, conversation = after
            start = {"ExclusiveStartKey": {**items.membership_key(user, conversation), items.PLACE: {"N": str(place)}}}
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                IndexName=INBOX,
                KeyConditionExpression=f"pk = :p AND {items.PLACE} {'<' if archived else '>'} :zero",
                ExpressionAttributeValues={":p": items.membership_key(user, "")["pk"], ":zero": {"N": "0"}},
                ScanIndexForward=archived,
                Limit=limit,
                **start,
            )
        rows = [(int(i[items.PLACE]["N"]), items.membership(i).conversation) for i in page["Items"]]
        return rows, "LastEvaluatedKey" in page

    def move_inbox_rank(self, membership: Membership, at: int) -> None:
        if membership.last_activity >= at:
            return
        moved = replace(membership, last_activity=at)
        self._updates.conditionally(
            Key=items.membership_key(membership.user, membership.conversation),
            UpdateExpression=f"SET {items.PLACE} = :new",
            ConditionExpression=f"{items.PLACE} = :old",
            ExpressionAttributeValues={":new": {"N": str(moved.inbox_rank)}, ":old": {"N": str(membership.inbox_rank)}},
        )

    def store_preferences(self, old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        kept = replace(old, archived=new.archived, pinned=new.pinned)
        return _outcome(
            self._updates.conditionally(
                Key=items.membership_key(old.user, old.conversation),
                UpdateExpression=f"SET muted = :muted, archived = :arch, pinned = :pinned, {items.PLACE} = :new",
                # Whether it is archived shows in the place.
                ConditionExpression=f"{items.PLACE} = :old AND {_still('muted', old.muted)} AND "
                + _still("pinned", old.pinned),
                ExpressionAttributeValues={
                    ":muted": {"N": str(new.muted)},
                    ":arch": {"BOOL": new.archived},
                    ":pinned": {"BOOL": new.pinned},
                    ":new": {"N": str(kept.inbox_rank)},
                    ":old": {"N": str(old.inbox_rank)},
                    ":old_muted": {"N": str(old.muted)},
                    ":old_pinned": {"BOOL": old.pinned},
                },
            )
        )

    def move_marks(self, old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        condition = "attribute_exists(pk) AND " + " AND ".join(
            _still(m, value, f"#{m}") for m, value in (("delivered", old.delivered), ("read", old.read))
        )
        return _outcome(
            self._updates.conditionally(
                Key=items.membership_key(old.user, old.conversation),
                UpdateExpression="SET #delivered = :delivered, #read = :read, read_count = :read_count",
                ConditionExpression=condition,
                ExpressionAttributeNames={"#delivered": "delivered", "#read": "read"},
                ExpressionAttributeValues={
                    ":delivered": {"N": str(new.delivered)},
                    ":read": {"N": str(new.read)},
                    ":read_count": {"N": str(new.read_count)},
                    ":old_delivered": {"N": str(old.delivered)},
                    ":old_read": {"N": str(old.read)},
                },
            )
        )

    def move_pushed(self, user: str, conversation: str, seq: int) -> None:
        self._updates.conditionally(
            Key=items.membership_key(user, conversation),
            UpdateExpression="SET pushed = :seq",
            ConditionExpression="attribute_exists(pk) AND (attribute_not_exists(pushed) OR pushed < :seq)",
            ExpressionAttributeValues={":seq": {"N": str(seq)}},
        )


def _still(attribute: str, value: int, name: str = "") -> str:
    """The condition that an attribute still has its old value; one that was never written counts as 0 or false."""
    name = name or attribute
    same = f"{name} = :old_{attribute}"
    return same if value else f"(attribute_not_exists({name}) OR {same})"


def _outcome(outcome: Stored | Occupied[Item]) -> Stored | Occupied[Membership]:
    if isinstance(outcome, Stored):
        return outcome
    if not outcome.current:
        raise NotFound("no such conversation")
    return Occupied(items.membership(outcome.current))
