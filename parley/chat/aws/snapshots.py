"""Snapshots on DynamoDB: users, memberships, summaries, blocks and media share a table, so one batch get finds them.

A block is looked up on the row of the user who blocks if that row is read anyway, and as an item of its own otherwise.
Where a row cannot tell, the items are read after it: that is one call more, for users who block many.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from parley.chat.aws import items
from parley.chat.entries import Entry
from parley.chat.ports import Snapshot
from parley.core.aws.attributes import Item
from parley.core.aws.batch import batch_get, batch_get_tables
from parley.core.aws.threads import Threads
from parley.delivery.aws import items as delivery

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
        users, blocks = dict.fromkeys(recipients), list(blocks)
        keys = [*_keys(users, memberships, blocks, media), *(items.summary_key(c) for c in summaries)]
        found = _Found(batch_get(self._client, self._table, keys, self._threads, strong=strong) if keys else ())
        untold = found.read_rows(b for b in blocks if b[0] in users)
        if untold:
            found.add(batch_get(self._client, self._table, untold, self._threads, strong=strong))
        return found.snapshot


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
        users, blocks = dict.fromkeys(recipients), list(blocks)
        keys = {
            self._log_table: [items.entry_key(conversation, seq) for seq in sorted({s for s in seqs if s > 0})],
            self._directory_table: _keys(users, memberships, blocks, media),
        }
        # The reads are weak, which halves their price. Callers read again strongly before they refuse anything.
        keys = {table: part for table, part in keys.items() if part}
        read = batch_get_tables(self._client, keys, strong=False) if keys else {}
        entries = [items.entry(item) for item in read.get(self._log_table, ())]
        found = _Found(read.get(self._directory_table, ()))
        untold = found.read_rows(b for b in blocks if b[0] in users)
        if untold:
            found.add(
                batch_get_tables(self._client, {self._directory_table: untold}, strong=False)[self._directory_table]
            )
        return found.snapshot, {entry.seq: entry for entry in entries}


def _keys(
    users: Collection[str],
    memberships: Iterable[tuple[str, str]],
    blocks: Iterable[tuple[str, str]],
    media: Iterable[str],
) -> list[dict[str, Any]]:
    return [
        *(delivery.recipient_key(u) for u in users),
        *(items.membership_key(u, c) for u, c in memberships),
        *(items.block_key(u, o) for u, o in blocks if u not in users),
        *(items.media_key(m) for m in media),
    ]


class _Found:
    """What was found, as it is read: first everything but blocks that a row could not tell, then those."""

    def __init__(self, read: Iterable[Item]) -> None:
        self.snapshot = Snapshot(recipients={}, memberships={}, blocks=set(), summaries={}, media={}, uncounted={})
        self._rows: dict[str, Item] = {}
        self.add(read)

    def add(self, read: Iterable[Item]) -> None:
        for item in read:
            self._file(item, self.snapshot)

    def read_rows(self, blocks: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        """Note which of these blocks there are, by the rows of the users who block.

        Returns the keys of those about which the rows say nothing. A user without a row blocks nobody.
        """
        untold = []
        for user, other in blocks:
            row = self._rows.get(user)
            if row is None:
                continue
            digest = items.digest(row)
            said = digest.says(other) if digest else None
            if said:
                self.snapshot.blocks.add((user, other))
            elif said is None:
                untold.append(items.block_key(user, other))
            since = items.uncounted_since(row)
            if since is not None:
                self.snapshot.uncounted[user] = since
        return untold

    def _file(self, item: Item, found: Snapshot) -> None:
        sk = item["sk"]["S"]
        if sk == "REACH":
            recipient = delivery.recipient(item)
            found.recipients[recipient.user] = recipient
            self._rows[recipient.user] = item
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
