"""Snapshots on DynamoDB: users, memberships, summaries, blocks and media share a table, so one batch get finds them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from parley.chat.aws import items
from parley.chat.entries import Entry
from parley.chat.ports import Snapshot
from parley.core.aws.attributes import Item
from parley.core.aws.batch import batch_get, batch_get_tables
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
        keys = [*_keys(recipients, memberships, blocks, media), *(items.summary_key(c) for c in summaries)]
        return _snapshot(batch_get(self._client, self._table, keys, self._threads, strong=strong) if keys else ())


class DynamoLogSnapshots:
    """A ``parley.chat.ports.LogSnapshots``: one batch get over both tables."""

    def __init__(self, client: "DynamoDBClient", log_table: str, directory_table: str) -> None:
        self._client = client
        self._log_table = log_table
        self._directory_table = directory_table

    def find_with_entries(
        self,
        conversation: str,
        seqs: Iterable[int],
        *,
        recipients: Iterable[str] = (),
        memberships: Iterable[tuple[str, str]] = (),
        blocks: Iterable[tuple[str, str]] = (),
        media: Iterable[str] = (),
    ) -> tuple[Snapshot, dict[int, Entry]]:
        keys = {
            self._log_table: [items.entry_key(conversation, seq) for seq in sorted({s for s in seqs if s > 0})],
            self._directory_table: _keys(recipients, memberships, blocks, media),
        }
        # The reads are weak, which halves their price. Callers read again strongly before they refuse anything.
        keys = {table: part for table, part in keys.items() if part}
        found = batch_get_tables(self._client, keys, strong=False) if keys else {}
        entries = [items.entry(item) for item in found.get(self._log_table, ())]
        return _snapshot(found.get(self._directory_table, ())), {entry.seq: entry for entry in entries}


def _keys(
    recipients: Iterable[str],
    memberships: Iterable[tuple[str, str]],
    blocks: Iterable[tuple[str, str]],
    media: Iterable[str],
) -> list[dict[str, Any]]:
    return [
        *(users.recipient_key(u) for u in recipients),
        *(items.membership_key(u, c) for u, c in memberships),
        *(items.block_key(u, o) for u, o in blocks),
        *(items.media_key(m) for m in media),
    ]


def _snapshot(found: Iterable[Item]) -> Snapshot:
    snapshot = Snapshot(recipients={}, memberships={}, blocks=set(), summaries={}, media={})
    for item in found:
        _file(item, snapshot)
    return snapshot


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
