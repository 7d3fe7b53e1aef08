"""How the archive's values are stored in the Directory table, in DynamoDB's own attribute form.

What is known of a conversation lies under the conversation, with its summary, and is erased with it.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from parley.archive.model import SHARDS, Due, Segment, State, Waiting
from parley.core.aws import listings

Item = Mapping[str, Any]

_SEGMENT = "ARCHIVE#"
_PLACES = 16
# Digits of the largest seq.


def due_key(conversation: str) -> dict[str, Any]:
    return {"pk": {"S": f"C#{conversation}"}, "sk": {"S": "ARCHIVE-DUE"}}


def due_item(due: Due) -> dict[str, Any]:
    shard = crc32(due.conversation.encode()) % SHARDS
    return {
        **due_key(due.conversation),
        "listed": {"S": listings.archive_schedule(shard)},
        "place": {"S": place(due.at, due.conversation)},
    }


def place(at: int, conversation: str = "") -> str:
    return f"{at:015}#{conversation}"


def due(item: Item) -> Due:
    at, _, conversation = item["place"]["S"].partition("#")
    return Due(conversation, int(at))


def state_key(conversation: str) -> dict[str, Any]:
    return {"pk": {"S": f"C#{conversation}"}, "sk": {"S": "ARCHIVE"}}


def state_item(state: State) -> dict[str, Any]:
    return {**state_key(state.conversation), "key": key(state), "through": {"N": str(state.through)}}


def key(state: State) -> dict[str, str]:
    """The key as text: responses are taken as they are, in which bytes would be Base64 anyway."""
    return {"S": b64encode(state.key).decode()}


def state(item: Item) -> State:
    conversation = item["pk"]["S"][len("C#") :]
    return State(conversation, b64decode(item["key"]["S"]), int(item["through"]["N"]))


def segment_key(conversation: str, first: int) -> dict[str, Any]:
    return {"pk": {"S": f"C#{conversation}"}, "sk": {"S": f"{_SEGMENT}{first:0{_PLACES}}"}}


def segment_item(segment: Segment) -> dict[str, Any]:
    return {
        **segment_key(segment.conversation, segment.first),
        "last": {"N": str(segment.last)},
        "pack": {"S": segment.pack},
        "offset": {"N": str(segment.offset)},
        "length": {"N": str(segment.length)},
    }


def segment(item: Item) -> Segment:
    return Segment(
        conversation=item["pk"]["S"][len("C#") :],
        first=int(item["sk"]["S"][len(_SEGMENT) :]),
        last=int(item["last"]["N"]),
        pack=item["pack"]["S"],
        offset=int(item["offset"]["N"]),
        length=int(item["length"]["N"]),
    )


def waiting_partition(pack: str) -> dict[str, str]:
    return {"S": f"A#{pack}"}


def waiting_key(waiting: Waiting) -> dict[str, Any]:
    return {"pk": waiting_partition(waiting.pack), "sk": {"S": f"{waiting.user}#{waiting.conversation}"}}


def waiting(item: Item) -> Waiting:
    user, _, conversation = item["sk"]["S"].partition("#")
    return Waiting(item["pk"]["S"][len("A#") :], user, conversation)
