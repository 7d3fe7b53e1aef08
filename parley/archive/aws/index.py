"""What is in the archive, on DynamoDB: a state for each conversation, an item for each segment, and who waits."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.archive.aws import items
from parley.archive.model import Segment, State, Waiting
from parley.chat.fields import MAX_SEQ
from parley.core.aws import errors
from parley.core.aws.paging import query_pages
from parley.core.writes import STORED, Occupied, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_REMEMBERED_S = 14 * 24 * 3600
# For how long somebody waits at most. A restore takes two days at the longest.


class DynamoIndex:
    """A ``parley.archive.ports.Index`` and ``parley.chat.ports.ArchivedEntries``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def archived_through(self, conversation: str) -> int:
        state = self.state(conversation)
        return state.through if state else 0

    def state(self, conversation: str) -> State | None:
        with errors.translated():
            answer = self._client.get_item(
                TableName=self._table, Key=items.state_key(conversation), ConsistentRead=True
            )
        return items.state(answer["Item"]) if "Item" in answer else None

    def open(self, conversation: str, key: bytes) -> State | None:
        new = State(conversation, key)
        put = {"Item": items.state_item(new), "ConditionExpression": "attribute_not_exists(pk)"}
        scheduled = {"Key": items.due_key(conversation), "ConditionExpression": "attribute_exists(pk)"}
        if self._transact({"Put": put}, {"ConditionCheck": scheduled}):
            return new
        return self.state(conversation)

    def add(self, state: State, segment: Segment) -> Stored | Occupied[State | None]:
        move = {
            "Key": items.state_key(state.conversation),
            "UpdateExpression": "SET through = :new",
            "ConditionExpression": "through = :old AND #key = :key",
            "ExpressionAttributeNames": {"#key": "key"},
            "ExpressionAttributeValues": {
                ":new": {"N": str(segment.last)},
                ":old": {"N": str(state.through)},
                ":key": items.key(state),
            },
        }
        if self._transact({"Update": move}, {"Put": {"Item": items.segment_item(segment)}}):
            return STORED
        return Occupied(self.state(state.conversation))

    def segment(self, conversation: str, seq: int) -> Segment | None:
        found = next(iter(self.segments(conversation, seq + 1, 1)), None)
        return found if found is not None and seq <= found.last else None

    def segments(self, conversation: str, before: int, limit: int) -> list[Segment]:
        first, last = items.segment_key(conversation, 0), items.segment_key(conversation, min(before, MAX_SEQ) - 1)
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :p AND sk BETWEEN :a AND :z",
                ExpressionAttributeValues={":p": first["pk"], ":a": first["sk"], ":z": last["sk"]},
                ScanIndexForward=False,
                Limit=limit,
                ConsistentRead=True,
            )
        return [items.segment(i) for i in page["Items"]]

    def _transact(self, *actions: dict[str, Any]) -> bool:
        """Run a transaction. Returns whether every condition held, and therefore all of it is done."""
        requests = [{kind: {"TableName": self._table, **a} for kind, a in action.items()} for action in actions]
        try:
            with errors.translated():
                self._client.transact_write_items(TransactItems=requests)  # type: ignore[arg-type]
        except ClientError as error:
            if "ConditionalCheckFailed" not in {r.get("Code") for r in errors.cancellation_reasons(error)}:
                raise
            return False
        return True


class DynamoWaiters:
    """A ``parley.archive.ports.Waiters``."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def wait(self, waiting: Waiting, now: int) -> None:
        expires = {"N": str(now // 1000 + _REMEMBERED_S)}
        with errors.translated():
            self._client.put_item(TableName=self._table, Item={**items.waiting_key(waiting), "expires": expires})

    def waiting(self, pack: str) -> list[Waiting]:
        pages = query_pages(
            self._client,
            TableName=self._table,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": items.waiting_partition(pack)},
            ConsistentRead=True,
        )
        return [items.waiting(i) for page in pages for i in page]

    def served(self, waiting: Waiting) -> None:
        with errors.translated():
            self._client.delete_item(TableName=self._table, Key=items.waiting_key(waiting))
