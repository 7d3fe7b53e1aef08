"""What has happened, by the records of the two tables' streams.

The Log's stream has new images, the Directory's old and new ones. Records of other rows mean nothing here; on AWS the
event source's filter keeps most of them away (``infra/templates/analytics.yaml``).
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from parley.analytics import changes
from parley.analytics.model import Happening
from parley.chat.aws import items as chat
from parley.delivery.aws import items as delivery
from parley.media.aws import items as media

_MEMBERSHIP = chat.membership_key("", "")["sk"]["S"]
_RECIPIENT = delivery.recipient_key("")["sk"]["S"]
_MEDIA = chat.media_key("")["sk"]["S"]


def happenings(record: Mapping[str, Any]) -> Iterator[Happening]:
    """What a stream record says.

    Raises:
        KeyError, TypeError, ValueError: the record is not of this service, or of a newer version of it.
    """
    change = record["dynamodb"]
    new, old = change.get("NewImage"), change.get("OldImage")
    if not new:
        return iter(())  # what is removed is no use of the service
    name = hashlib.blake2b(record["eventID"].encode(), digest_size=12).hexdigest()
    if "conversation" in new:
        return changes.of_entry(name, chat.entry(new)) if record["eventName"] == "INSERT" else iter(())
    at = int(float(change["ApproximateCreationDateTime"]) * 1000)
    place = new["sk"]["S"]
    if place == _RECIPIENT and "role" in new:
        return changes.of_recipient(name, at, _recipient(old), delivery.recipient(new))
    if place.startswith(_MEMBERSHIP) and old:
        return changes.of_membership(name, at, chat.membership(old), chat.membership(new))
    if place == _MEDIA and old:
        return changes.of_media(name, at, media.media(old), media.media(new))
    return iter(())


def _recipient(item: Mapping[str, Any] | None) -> Any:
    return delivery.recipient(item) if item and "role" in item else None
