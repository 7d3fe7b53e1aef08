"""All that lies in the Directory table, as tests hold it: one object is handed to a use case for several ports."""

from typing import Protocol

from parley.chat.ports import (
    BlockCounts,
    Blocks,
    ConversationSummaries,
    MediaReferences,
    Memberships,
    Snapshots,
)
from parley.delivery.ports import Connections, Users


class Directory(
    Connections,
    Users,
    Snapshots,
    Memberships,
    ConversationSummaries,
    Blocks,
    BlockCounts,
    MediaReferences,
    Protocol,
):
    """All of these ports, on memory or on DynamoDB."""
