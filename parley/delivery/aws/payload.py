"""A push in the form that each platform expects.

Sources: Apple's "Generating a remote notification" (payload keys, 4,096 bytes), Firebase's ``projects.messages``
reference (HTTP v1), and Amazon SNS's developer guide for ``MessageStructure=json`` and the ``AWS.SNS.MOBILE``
attributes.
"""

import json
from hashlib import blake2b
from typing import Any

from parley.delivery.model import Platform
from parley.delivery.ports import Notification

TTL = 24 * 60 * 60
"""For how many seconds a platform keeps trying. A day-old "new message" still matters; an older one the app will find
by itself.
"""
_TITLE_LENGTH = 100

SNS_KEY: dict[Platform, str] = {"apns": "APNS", "apns_sandbox": "APNS_SANDBOX", "fcm": "GCM"}
"""The platforms as SNS names them in a message."""


def collapse_id(conversation: str) -> str:
    """An id that all pushes of a conversation share. APNs takes at most 64 bytes; a conversation id may be longer."""
    return blake2b(conversation.encode(), digest_size=16).hexdigest()


def message(platform: Platform, notification: Notification) -> str:
    """The ``Message`` of a publish to one endpoint: JSON whose values are JSON strings."""
    payload = _fcm(notification) if platform == "fcm" else _apns(notification)
    compact = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return json.dumps({"default": _title(notification), SNS_KEY[platform]: compact}, ensure_ascii=False)


def attributes(platform: Platform, notification: Notification) -> dict[str, dict[str, str]]:
    """The ``MessageAttributes`` of the publish."""
    if platform == "fcm":
        return {"AWS.SNS.MOBILE.FCM.TTL": _string(TTL)}
    return {
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": _string("alert"),
        "AWS.SNS.MOBILE.APNS.PRIORITY": _string(10),
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": _string(collapse_id(_subject(notification))),
        f"AWS.SNS.MOBILE.{SNS_KEY[platform]}.TTL": _string(TTL),
    }


def _apns(n: Notification) -> dict[str, Any]:
    alert = {"title": _title(n)} | ({"body": n.text} if n.text else {})
    aps = {
        "alert": alert,
        "badge": n.badge,
        "sound": "default",
        "thread-id": collapse_id(n.conversation),  # by which Apple groups pushes; _subject says what replaces what
        "mutable-content": 1,
    }
    return {"aps": aps, **_data(n)}


def _fcm(n: Notification) -> dict[str, Any]:
    shown = {"title": _title(n)} | ({"body": n.text} if n.text else {})
    key = collapse_id(_subject(n))
    android = {
        "priority": "high",
        "collapse_key": key,
        "ttl": f"{TTL}s",
        "notification": {"tag": key, "notification_count": n.badge},
    }
    data = {name: str(value) for name, value in _data(n).items()} | {"badge": str(n.badge)}
    return {"fcmV1Message": {"message": {"notification": shown, "data": data, "android": android}}}


def _subject(n: Notification) -> str:
    """What a push is about: a later push replaces an earlier one about the same subject."""
    return n.media or n.conversation


def _data(n: Notification) -> dict[str, str | int]:
    """What the app needs to open the right conversation."""
    if n.media:
        return {"conversation": n.conversation, "media": n.media}
    data: dict[str, str | int] = {"conversation": n.conversation, "seq": n.seq}
    return data | ({"sender": n.sender} if n.sender else {})


def _title(n: Notification) -> str:
    return n.title[:_TITLE_LENGTH]


def _string(value: str | int) -> dict[str, str]:
    return {"DataType": "String", "StringValue": str(value)}
