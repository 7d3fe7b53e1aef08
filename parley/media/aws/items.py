"""How uploads are stored in the Directory table, in DynamoDB's own attribute form.

``parley.chat.aws.items`` defines the item's key, what refers to it, and until when something may refer to it, because a
message's sender reads no more than that.
"""

from collections.abc import Mapping
from typing import Any

from parley.chat.aws.items import media_key, unreferred
from parley.media.model import Media

Item = Mapping[str, Any]


def media_item(media: Media) -> dict[str, Any]:
    return {
        **media_key(media.id),
        "owner": {"S": media.owner},
        "within": {"S": media.scope},
        "type": {"S": media.type},
        "size": {"N": str(media.size)},
        "sha256": {"S": media.sha256},
        "created": {"N": str(media.created)},
        "state": {"S": media.state},
        **unreferred(media.id, media.created),
    }


def media(item: Item) -> Media:
    return Media(
        id=item["pk"]["S"][len("M#") :],
        owner=item["owner"]["S"],
        scope=item["within"]["S"],
        type=item["type"]["S"],
        size=int(item["size"]["N"]),
        sha256=item["sha256"]["S"],
        created=int(item["created"]["N"]),
        state=item["state"]["S"],
        reason=item["reason"]["S"] if "reason" in item else "",
        width=int(item["width"]["N"]) if "width" in item else 0,
        height=int(item["height"]["N"]) if "height" in item else 0,
        thumbnail="thumbnail" in item,
        waiting=tuple(sorted(item["waiting"]["SS"])) if "waiting" in item else (),
    )


def owned_key(user: str, media_id: str) -> dict[str, Any]:
    """The key of the row that says who owns an upload, beside the user's other rows."""
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": f"M#{media_id}"}}


def allowance_key(user: str, day: int) -> dict[str, Any]:
    """The key of the count of what a user has begun to upload in a day."""
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": f"UPLOADS#{day}"}}
