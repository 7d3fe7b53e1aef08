"""Snapshots on DynamoDB: users, memberships, summaries, blocks and media share a table, so one batch get finds them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from parley.chat.aws import items
from parley.chat.ports import Snapshot
from parley.core.aws.attributes import Item
from parley.core.aws.batch import batch_get
from parley.core.aws.threads import Threads
from parley.delivery.aws import items as users

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoSnapshots:
    """A ``parley.chat.ports.Snapshots``."""

    def __init__(self, client: "DynamoDBClient", table: str, threads: Threads | None = None) -> None:
        """``threads`` run the parts of a lookup that is too large for one batch get."""
        self._client = client
        self._table = table
        self._threads = threads or Threads(4)

    def find(
        self,
        *,
        recipients: Iterable[str] = (),
        memberships: Iterable[tuple[str, str]] = (),
        blocks: Iterable[tuple[str, str]] = (),
        summaries: Iterable[str] = (),
        media: Iterable[str] = (),
        strong: bool = False,
    ) -> Snapshot:
        keys = [
            *(users.recipient_key(u) for u in recipients),
            *(items.membership_key(u, c) for u, c in memberships),
            *(items.block_key(u, o) for u, o in blocks),
            *(items.summary_key(c) for c in summaries),
            *(items.media_key(m) for m in media),
        ]
        found = Snapshot(recipients={}, memberships={}, blocks=set(), summaries={}, media={})
        if keys:
            for item in batch_get(self._client, self._table, keys, self._threads, strong=strong):
                _file(item, found)
        return found


def _file(item: Item, found: Snapshot) -> None:
    sk = item["sk"]["S"]
    if sk == "REACH":
        recipient = users.recipient(item)
        found.recipients[recipient.user] = recipient
    elif sk == "HEAD":
        summary = items.summary(item)
        found.summaries[summary.conversation] = summary
    elif sk == "MEDIA":
        attachment = items.attachment(item)
        found.media[attachment.id] = attachment
    elif sk.startswith("I#"):
        membership = items.membership(item)
        found.memberships[membership.user, membership.conversation] = membership
    else:
        found.blocks.add(items.block(item))
