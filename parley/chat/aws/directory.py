"""All ports on the Directory table in one class, for functions that need several of them."""

from typing import TYPE_CHECKING

from parley.chat.aws.blocks import DynamoBlocks
from parley.chat.aws.media_references import DynamoMediaReferences
from parley.chat.aws.memberships import DynamoMemberships
from parley.chat.aws.snapshots import DynamoSnapshots
from parley.chat.aws.summaries import DynamoSummaries
from parley.core.aws.threads import Threads
from parley.core.aws.updates import ConditionalUpdates
from parley.delivery.aws.connections import DynamoConnections
from parley.delivery.aws.users import DynamoUsers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDirectory(
    DynamoConnections,
    DynamoUsers,
    DynamoSnapshots,
    DynamoMemberships,
    DynamoSummaries,
    DynamoBlocks,
    DynamoMediaReferences,
):
    """Every port on the table; the adapters share one client, and therefore its connections."""

    def __init__(self, client: "DynamoDBClient", table: str, threads: Threads | None = None) -> None:
        """``threads`` run the parts of a lookup that is too large for one batch get."""
        self._client = client
        self._table = table
        self._threads = threads or Threads(4)
        self._updates = ConditionalUpdates(client, table)
