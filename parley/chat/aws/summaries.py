"""Conversation summaries on DynamoDB: one item per conversation."""

from typing import TYPE_CHECKING

from parley.chat.aws import items
from parley.chat.model import ConversationSummary
from parley.core.aws.attributes import Item
from parley.core.aws.updates import ConditionalUpdates
from parley.core.writes import Occupied, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoSummaries:
    """A ``parley.chat.ports.ConversationSummaries``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._updates = ConditionalUpdates(client, table)

    def advance_summary(self, summary: ConversationSummary) -> None:
        if isinstance(self._move(summary), Occupied):
            for user, count in summary.sent.items():
                self._remember_sent(summary.conversation, user, count)

    def _remember_sent(self, conversation: str, user: str, count: int) -> None:
        """Store what a summary must know even about entries that come late: the count of a user's newest entry."""
        self._updates.conditionally(
            Key=items.summary_key(conversation),
            UpdateExpression="SET #s = :count",
            ConditionExpression="attribute_not_exists(#s) OR #s < :count",
            ExpressionAttributeNames={"#s": items.SENT + user},
            ExpressionAttributeValues={":count": {"N": str(count)}},
        )

    def _move(self, summary: ConversationSummary) -> Stored | Occupied[Item]:
        sent = {f"#s{n}": (items.SENT + u, count) for n, (u, count) in enumerate(sorted(summary.sent.items()))}
        assignments = ", ".join(f"{name} = :{name[1:]}" for name in sent)
        return self._updates.conditionally(
            Key=items.summary_key(summary.conversation),
            UpdateExpression="SET seq = :seq, #count = :count, #at = :at"
            + (", sender = :sender, preview = :preview" if summary.sender else "")
            + (f", {assignments}" if sent else ""),
            ConditionExpression="attribute_not_exists(seq) OR seq < :seq",
            ExpressionAttributeNames={"#count": "count", "#at": "at", **{n: a for n, (a, _) in sent.items()}},
            ExpressionAttributeValues={
                ":seq": {"N": str(summary.seq)},
                ":count": {"N": str(summary.count)},
                ":at": {"N": str(summary.at)},
                **({":sender": {"S": summary.sender}, ":preview": {"S": summary.preview}} if summary.sender else {}),
                **{f":{n[1:]}": {"N": str(count)} for n, (_, count) in sent.items()},
            },
        )
