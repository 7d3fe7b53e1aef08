"""The directory on DynamoDB: users, memberships, heads and blocks in one table, so that one batch get finds any mix."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from msgspec.structs import replace

from parley.chat.aws import items
from parley.chat.model import ConversationSummary, Membership
from parley.chat.ports import Snapshot
from parley.core.aws import errors
from parley.core.aws.attributes import Item
from parley.core.aws.batch import batch_get
from parley.core.aws.paging import rows_after
from parley.core.errors import NotFound
from parley.core.session import Role
from parley.core.writes import STORED, Occupied, Stored
from parley.delivery.aws import items as users
from parley.delivery.aws.connections import DynamoConnections

if TYPE_CHECKING:
    pass


INBOX = "inbox"
"""The index of a user's memberships by ``recent``; keys only, so that a mark costs no write in it."""


_MEDIA_NAMES = {"#place": "place", "#until": "until"}


class DynamoDirectory(DynamoConnections):
    """A ``parley.chat.ports.Directory``."""

    def find(
        self,
        *,
        recipients: Iterable[str] = (),
        memberships: Iterable[tuple[str, str]] = (),
        blocks: Iterable[tuple[str, str]] = (),
        heads: Iterable[str] = (),
        media: Iterable[str] = (),
        strong: bool = False,
    ) -> Snapshot:
        keys = [
            *(users.recipient_key(u) for u in recipients),
            *(items.membership_key(u, c) for u, c in memberships),
            *(items.block_key(u, o) for u, o in blocks),
            *(items.head_key(c) for c in heads),
            *(items.media_key(m) for m in media),
        ]
        found = Snapshot(recipients={}, memberships={}, blocks=set(), heads={}, media={})
        if keys:
            for item in batch_get(self._client, self._table, keys, self._threads, strong=strong):
                _file(item, found)
        return found

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
        try:
            with errors.translated():
                self._client.update_item(
                    TableName=self._table,
                    Key=items.membership_key(old.user, old.conversation),
                    UpdateExpression=f"SET muted = :muted, archived = :arch, pinned = :pinned, {items.PLACE} = :new",
                    ConditionExpression=f"{items.PLACE} = :old",
                    ExpressionAttributeValues={
                        ":muted": {"N": str(new.muted)},
                        ":arch": {"BOOL": new.archived},
                        ":pinned": {"BOOL": new.pinned},
                        ":new": {"N": str(kept.inbox_rank)},
                        ":old": {"N": str(old.inbox_rank)},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            return Occupied(_membership_in_the_way(error))
        return STORED

    def block(self, user: str, other: str) -> None:
        put: dict[str, Any] = {"TableName": self._table, "Item": items.block_key(user, other)}
        exists: dict[str, Any] = {
            "TableName": self._table,
            "Key": users.recipient_key(user),
            "ConditionExpression": "attribute_exists(pk)",
        }
        try:
            with errors.translated():
                self._client.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": exists}])  # type: ignore[typeddict-item]
        except ClientError as error:
            if "ConditionalCheckFailed" in {r.get("Code") for r in errors.cancellation_reasons(error)}:
                raise NotFound("no such user") from error
            raise

    def unblock(self, user: str, other: str) -> None:
        with errors.translated():
            self._client.delete_item(TableName=self._table, Key=items.block_key(user, other))

    def blocked(self, user: str, after: str, limit: int) -> tuple[list[str], bool]:
        first, last = items.block_key(user, after), items.block_key(user, "\U0010ffff")
        rows, more = rows_after(self._client, self._table, first, last, limit)
        return [items.block(i)[1] for i in rows], more

    def add_reference(self, media: str) -> None:
        # What it is collected by, and until when it may be referred to, are no longer so.
        self._updates.existing(items.media_key(media), "REMOVE listed, #place, #until", _MEDIA_NAMES, {})

    def release_reference(self, media: str, now: int) -> None:
        values = items.unreferred(media, now)
        expression = "SET listed = :listed, #place = :place, #until = :until"
        self._updates.existing(
            items.media_key(media), expression, _MEDIA_NAMES, {f":{k}": v for k, v in values.items()}
        )

    def upsert_user(self, user: str, role: Role, name: str) -> None:
        with errors.translated():
            self._client.update_item(
                TableName=self._table,
                Key=users.recipient_key(user),
                UpdateExpression="SET #role = :role, #name = if_not_exists(#name, :name)",
                ExpressionAttributeNames={"#role": "role", "#name": "name"},
                ExpressionAttributeValues={":role": {"S": role}, ":name": {"S": name}},
            )

    def advance_summary(self, head: ConversationSummary) -> bool:
        moved = self._move_head(head)
        if not moved:
            for user, count in head.sent.items():
                self._remember_sent(head.conversation, user, count)
        return moved

    def _remember_sent(self, conversation: str, user: str, count: int) -> None:
        """Of entries that come late, what the head must know even so."""
        self._updates.conditionally(
            Key=items.head_key(conversation),
            UpdateExpression="SET #s = :count",
            ConditionExpression="attribute_not_exists(#s) OR #s < :count",
            ExpressionAttributeNames={"#s": items.SENT + user},
            ExpressionAttributeValues={":count": {"N": str(count)}},
        )

    def _move_head(self, head: ConversationSummary) -> bool:
        sent = {f"#s{n}": (items.SENT + u, count) for n, (u, count) in enumerate(sorted(head.sent.items()))}
        assignments = ", ".join(f"{name} = :{name[1:]}" for name in sent)
        return self._updates.conditionally(
            Key=items.head_key(head.conversation),
            UpdateExpression="SET seq = :seq, #count = :count, #at = :at"
            + (", sender = :sender, preview = :preview" if head.sender else "")
            + (f", {assignments}" if sent else ""),
            ConditionExpression="attribute_not_exists(seq) OR seq < :seq",
            ExpressionAttributeNames={"#count": "count", "#at": "at", **{n: a for n, (a, _) in sent.items()}},
            ExpressionAttributeValues={
                ":seq": {"N": str(head.seq)},
                ":count": {"N": str(head.count)},
                ":at": {"N": str(head.at)},
                **({":sender": {"S": head.sender}, ":preview": {"S": head.preview}} if head.sender else {}),
                **{f":{n[1:]}": {"N": str(count)} for n, (_, count) in sent.items()},
            },
        )

    def move_marks(self, old: Membership, new: Membership) -> Stored | Occupied[Membership]:
        condition = "attribute_exists(pk) AND " + " AND ".join(
            f"#{m} = :old_{m}" if value else f"(attribute_not_exists(#{m}) OR #{m} = :old_{m})"
            for m, value in (("delivered", old.delivered), ("read", old.read))
        )
        try:
            with errors.translated():
                self._client.update_item(
                    TableName=self._table,
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
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            return Occupied(_membership_in_the_way(error))
        return STORED

    def move_pushed(self, user: str, conversation: str, seq: int) -> bool:
        return self._updates.conditionally(
            Key=items.membership_key(user, conversation),
            UpdateExpression="SET pushed = :seq",
            ConditionExpression="attribute_exists(pk) AND (attribute_not_exists(pushed) OR pushed < :seq)",
            ExpressionAttributeValues={":seq": {"N": str(seq)}},
        )


def _membership_in_the_way(error: ClientError) -> Membership:
    """What is stored instead of what a conditional write expected."""
    if not errors.condition_failed(error):
        raise error
    item = errors.item_in_the_way(error)
    if not item:
        raise NotFound("no such conversation") from error
    return items.membership(item)


def _file(item: Item, found: Snapshot) -> None:
    sk = item["sk"]["S"]
    if sk == "REACH":
        recipient = users.recipient(item)
        found.recipients[recipient.user] = recipient
    elif sk == "HEAD":
        head = items.head(item)
        found.heads[head.conversation] = head
    elif sk == "MEDIA":
        attachment = items.attachment(item)
        found.media[attachment.id] = attachment
    elif sk.startswith("I#"):
        membership = items.membership(item)
        found.memberships[membership.user, membership.conversation] = membership
    else:
        found.blocks.add(items.block(item))
