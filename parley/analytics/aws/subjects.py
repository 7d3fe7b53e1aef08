"""The keys of pseudonyms, on DynamoDB: one weak read for each user in ten minutes, and one write in a user's life.

Keys are kept in memory for a while, which cannot outlive an erasure: an account is cut off for more than an hour before
it is erased (``parley.accounts.deletion``), so that nobody's key is asked for any more by then.
"""

import secrets
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from parley.analytics.aws import items
from parley.analytics.model import Subject
from parley.core.aws import errors
from parley.core.aws.batch import batch_get
from parley.core.aws.threads import Threads
from parley.delivery.aws.items import recipient_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_S = 600.0
MOST_KEPT = 20_000
"""About 10 MB. Whoever was looked up first is forgotten first."""


class DynamoSubjects:
    """A ``parley.analytics.ports.Subjects``."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        threads: Threads,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = table
        self._threads = threads
        self._clock = clock
        self._kept: dict[str, tuple[float, Subject]] = {}

    def subjects(self, users: Collection[str]) -> dict[str, Subject]:
        now = self._clock()
        found = {u: self._kept[u][1] for u in users if u in self._kept and self._kept[u][0] > now}
        read = self._read([u for u in users if u not in found])
        for user, subject in read.items():
            self._kept.pop(user, None)
            self._kept[user] = (now + KEPT_S, subject)
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return found | read

    def _read(self, users: list[str]) -> dict[str, Subject]:
        if not users:
            return {}
        rows = batch_get(self._client, self._table, [recipient_key(u) for u in users], self._threads, strong=False)
        known = {row["pk"]["S"][len("U#") :]: items.subject(row) for row in rows}
        lacking = [u for u in users if known.get(u) is None]  # a weak read may also miss who has just signed up
        made = self._threads.each(self._give_key, lacking)
        return {u: s for u, s in [*known.items(), *zip(lacking, made, strict=True)] if s is not None}

    def _give_key(self, user: str) -> Subject | None:
        """Give a user a key, unless they have one by now; None if there is no such user."""
        try:
            with errors.translated():
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=recipient_key(user),
                    UpdateExpression="SET #key = if_not_exists(#key, :key)",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeNames={"#key": items.KEY},
                    ExpressionAttributeValues={":key": {"S": secrets.token_hex(32)}},
                    ReturnValues="ALL_NEW",
                )
        except ClientError as error:
            if errors.condition_failed(error):
                return None
            raise
        return items.subject(answer["Attributes"])
