"""How values are stored in the two tables, in DynamoDB's own attribute form.

The conversions are written by hand, because boto3's general serializer costs more CPU than all the rest of a send.
"""

from typing import Any

from parley.chat.entries import Entry, body_fields, kind_of
from parley.chat.model import PINNED, Attachment, BlockDigest, ConversationSummary, Membership
from parley.chat.ports import ATTACH_MS
from parley.core.aws import listings
from parley.core.aws.attributes import Item, flag, number, text
from parley.delivery.aws.items import BLOCKED

SENT = "s:"
PLACE = "recent"
"""The attribute by which the inbox's index is ordered: the inbox rank, from which ``last_activity`` is computed."""
BLOCKS = "blocks"
"""Of a user's row: the set of the first few users whom they block; absent if it is empty. A version that counts in
another way has to give this and ``BLOCKED`` other names, so that rows are counted again."""
_MEMBERSHIP = "I#"


def membership_key(user: str, conversation: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": _MEMBERSHIP + conversation}}


def begun_key(user: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": "BEGUN"}}


def block_key(user: str, other: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": f"B#{other}"}}


def summary_key(conversation: str) -> dict[str, Any]:
    return {"pk": {"S": f"C#{conversation}"}, "sk": {"S": "HEAD"}}


def media_key(media: str) -> dict[str, Any]:
    return {"pk": {"S": f"M#{media}"}, "sk": {"S": "MEDIA"}}


def unreferred(media: str, at: int) -> dict[str, Any]:
    """What a media item has while nothing refers to it: attributes that list it in the index of such items, by day."""
    return {
        "listed": {"S": listings.unreferred_media(at)},
        "place": {"S": media},
        "until": {"N": str(at + ATTACH_MS)},
    }


def attachment(item: Item) -> Attachment:
    return Attachment(
        id=item["pk"]["S"][len("M#") :],
        owner=item["owner"]["S"],
        scope=item["within"]["S"],
        state=item["state"]["S"],
        until=number(item, "until"),
    )


def entry_key(conversation: str, seq: int) -> dict[str, Any]:
    return {"conversation": {"S": conversation}, "seq": {"N": str(seq)}}


def entry_item(entry: Entry) -> dict[str, Any]:
    return {
        "conversation": {"S": entry.conversation},
        "seq": {"N": str(entry.seq)},
        "count": {"N": str(entry.count)},
        "id": {"S": entry.id},
        "kind": {"S": entry.kind},
        "sender": {"S": entry.sender},
        "at": {"N": str(entry.at)},
        "body": {"M": {name: _attribute(value) for name, value in body_fields(entry).items()}},
    }


def entry(item: Item) -> Entry:
    """Raises:
    ValueError: the entry is of a kind that this version does not know.
    """
    made, body = kind_of(item["kind"]["S"])
    fields: dict[str, Any] = {name: _value(held) for name, held in item["body"]["M"].items()}
    read: Entry = made(
        conversation=item["conversation"]["S"],
        seq=int(item["seq"]["N"]),
        count=int(item["count"]["N"]),
        id=item["id"]["S"],
        sender=item["sender"]["S"],
        at=int(item["at"]["N"]),
        body=body(**fields),
    )
    return read


def _attribute(value: str | tuple[str, ...]) -> dict[str, Any]:
    return {"S": value} if isinstance(value, str) else {"L": [{"S": v} for v in value]}


def _value(held: Item) -> str | tuple[str, ...]:
    return held["S"] if "S" in held else tuple(v["S"] for v in held["L"])


def membership(item: Item) -> Membership:
    return Membership(
        user=item["pk"]["S"][len("U#") :],
        conversation=item["sk"]["S"][len(_MEMBERSHIP) :],
        delivered=number(item, "delivered"),
        read=number(item, "read"),
        read_count=number(item, "read_count"),
        pushed=number(item, "pushed"),
        last_activity=abs(number(item, PLACE)) % PINNED,
        muted=number(item, "muted"),
        archived=flag(item, "archived"),
        pinned=flag(item, "pinned"),
    )


def summary(item: Item) -> ConversationSummary:
    return ConversationSummary(
        conversation=item["pk"]["S"][len("C#") :],
        seq=int(item["seq"]["N"]),
        count=int(item["count"]["N"]),
        at=int(item["at"]["N"]),
        sender=text(item, "sender"),
        preview=text(item, "preview"),
        sent={name[len(SENT) :]: int(value["N"]) for name, value in item.items() if name.startswith(SENT)},
    )


def digest(item: Item) -> BlockDigest | None:
    """What a user's row says about whom they block; None if it has not been counted."""
    if uncounted_since(item) is not None:
        return None
    return BlockDigest(few=frozenset(item[BLOCKS]["SS"] if BLOCKS in item else ()), count=number(item, BLOCKED))


def uncounted_since(item: Item) -> int | None:
    """Since when, in ms, this version has been writing a user's row whose blocks are not counted; 0 if it has not.

    None if they are counted.
    """
    if BLOCKED not in item:
        return 0
    count = number(item, BLOCKED)
    return -count if count < 0 else None


def block(item: Item) -> tuple[str, str]:
    """The user who blocks, and the user who is blocked."""
    return item["pk"]["S"][len("U#") :], item["sk"]["S"][len("B#") :]
