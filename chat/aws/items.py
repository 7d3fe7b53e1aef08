"""How values lie in the two tables, in DynamoDB's own attribute form.

Written out by hand: boto3's general serializer costs more CPU than the rest of a send together.
"""

from collections.abc import Mapping
from typing import Any

from chat.model import (
    PINNED,
    Attachment,
    Body,
    Connection,
    Entry,
    Head,
    Membership,
    PushDevice,
    Reach,
    Registration,
    Report,
)
from chat.ports import ATTACH_MS, Left

Item = Mapping[str, Any]

CONNECTION = "c:"
DEVICE = "d:"
ADDED = "added"
"""How often a device was added to a user's: who adds another sees whether somebody else has, meanwhile."""
SENT = "s:"
REPORTS = "#reports"
"""What reports are listed under, by time, in the index that lists providers by category; no category has a ``#``."""
LEFT = {"S": "LEFT"}
"""Under which endpoints that have been left are listed, by when they should have been deleted."""
PLACE = "recent"
"""What the inbox's index is ordered by: the membership's place, which its ``recent`` is a part of."""
_MEMBERSHIP = "I#"
_DAY_MS = 24 * 3600 * 1000


def reach_key(user: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": "REACH"}}


def membership_key(user: str, conversation: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": _MEMBERSHIP + conversation}}


def block_key(user: str, other: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": f"B#{other}"}}


def head_key(conversation: str) -> dict[str, Any]:
    return {"pk": {"S": f"C#{conversation}"}, "sk": {"S": "HEAD"}}


def media_key(media: str) -> dict[str, Any]:
    return {"pk": {"S": f"M#{media}"}, "sk": {"S": "MEDIA"}}


def unreferred(media: str, at: int) -> dict[str, Any]:
    """What a media item has while nothing refers to it: a place in the index of such items, by day."""
    return {
        "listed": {"S": unreferred_on(at)},
        "place": {"S": media},
        "until": {"N": str(at + ATTACH_MS)},
    }


def unreferred_on(at: int) -> str:
    """The index's key for the day of ``at`` (ms), in UTC; no category of providers looks like it."""
    return f"unreferred#{at // _DAY_MS}"


def attachment(item: Item) -> Attachment:
    return Attachment(
        id=item["pk"]["S"][len("M#") :],
        owner=item["owner"]["S"],
        within=item["within"]["S"],
        state=item["state"]["S"],
        until=_number(item, "until"),
    )


def owner_key(endpoint: str) -> dict[str, Any]:
    return {"pk": {"S": f"E#{endpoint}"}, "sk": {"S": "OWNER"}}


def overdue_key(left: Left) -> dict[str, Any]:
    """By when it should have been deleted."""
    return {"pk": LEFT, "sk": {"S": left_place(left.until, left.endpoint)}}


def left_place(until: int, endpoint: str = "") -> str:
    return f"{until:015d}#{endpoint}"


def report_key(reporter: str, name: str) -> dict[str, Any]:
    return {"pk": {"S": f"R#{reporter}#{name}"}, "sk": {"S": "REPORT"}}


def reported_key(reporter: str, day: int) -> dict[str, Any]:
    """How many reports a user has stored on a day, counted from the epoch."""
    return {"pk": {"S": f"U#{reporter}"}, "sk": {"S": f"REPORTED#{day}"}}


def entry_item(entry: Entry) -> dict[str, Any]:
    return {
        "conversation": {"S": entry.conversation},
        "seq": {"N": str(entry.seq)},
        "count": {"N": str(entry.count)},
        "id": {"S": entry.id},
        "kind": {"S": entry.kind},
        "sender": {"S": entry.sender},
        "at": {"N": str(entry.at)},
        "body": {"M": _body_value(entry.body)},
    }


def entry(item: Item) -> Entry:
    return Entry(
        conversation=item["conversation"]["S"],
        seq=int(item["seq"]["N"]),
        count=int(item["count"]["N"]),
        id=item["id"]["S"],
        kind=item["kind"]["S"],
        sender=item["sender"]["S"],
        at=int(item["at"]["N"]),
        body=_body(item["body"]["M"]),
    )


def _body_value(body: Body) -> dict[str, Any]:
    text = {"text": {"S": body.text}}
    return text | {"media": {"L": [{"S": m} for m in body.media]}} if body.media else text


def _body(value: Item) -> Body:
    media = tuple(m["S"] for m in value["media"]["L"]) if "media" in value else ()
    return Body(text=value["text"]["S"], media=media)


def connection_value(connection: Connection) -> dict[str, Any]:
    return {
        "M": {
            "device": {"S": connection.device},
            "at": {"N": str(connection.at)},
            "expires": {"N": str(connection.expires)},
        }
    }


def device_value(device: PushDevice) -> dict[str, Any]:
    return {"M": {"platform": {"S": device.platform}, "endpoint": {"S": device.endpoint}}}


def owner_item(user: str, registration: Registration) -> dict[str, Any]:
    device = registration.device
    return {
        **owner_key(device.endpoint),
        "user": {"S": user},
        "device": {"S": device.id},
        "platform": {"S": device.platform},
        "app_version": {"S": registration.app_version},
        "locale": {"S": registration.locale},
        "at": {"N": str(registration.at)},
    }


def left_item(left: Left) -> dict[str, Any]:
    """In the place of an owner's."""
    return {**owner_key(left.endpoint), "left": {"N": str(left.until)}}


def left(item: Item) -> Left | None:
    """That an endpoint has been left; None where it has an owner."""
    return Left(item["pk"]["S"][len("E#") :], until=int(item["left"]["N"])) if "left" in item else None


def overdue(item: Item) -> Left:
    until, endpoint = item["sk"]["S"].split("#", 1)
    return Left(endpoint, int(until))


def owner(item: Item) -> tuple[str, Registration]:
    """Whose an endpoint is, and what was said of the device."""
    endpoint = item["pk"]["S"][len("E#") :]
    device = PushDevice(id=item["device"]["S"], platform=item["platform"]["S"], endpoint=endpoint)
    told = item["app_version"]["S"], item["locale"]["S"]
    return item["user"]["S"], Registration(device, *told, at=int(item["at"]["N"]))


def reach(item: Item) -> Reach:
    connections, devices = [], []
    for name, value in item.items():
        if name.startswith(CONNECTION):
            c = value["M"]
            connections.append(
                Connection(
                    id=name[len(CONNECTION) :],
                    device=c["device"]["S"],
                    at=int(c["at"]["N"]),
                    expires=int(c["expires"]["N"]),
                )
            )
        elif name.startswith(DEVICE):
            d = value["M"]
            devices.append(PushDevice(id=name[len(DEVICE) :], platform=d["platform"]["S"], endpoint=d["endpoint"]["S"]))
    return Reach(
        user=item["pk"]["S"][len("U#") :],
        role=item["role"]["S"],
        seen=_number(item, "seen"),
        name=item["name"]["S"] if "name" in item else "",
        photo=item["photo"]["S"] if "photo" in item else "",
        connections=tuple(connections),
        devices=tuple(devices),
    )


def membership(item: Item) -> Membership:
    return Membership(
        user=item["pk"]["S"][len("U#") :],
        conversation=item["sk"]["S"][len(_MEMBERSHIP) :],
        delivered=_number(item, "delivered"),
        read=_number(item, "read"),
        read_count=_number(item, "read_count"),
        pushed=_number(item, "pushed"),
        recent=abs(_number(item, PLACE)) % PINNED,
        muted=_number(item, "muted"),
        archived=_flag(item, "archived"),
        pinned=_flag(item, "pinned"),
    )


def head(item: Item) -> Head:
    return Head(
        conversation=item["pk"]["S"][len("C#") :],
        seq=int(item["seq"]["N"]),
        count=int(item["count"]["N"]),
        at=int(item["at"]["N"]),
        sender=item["sender"]["S"],
        preview=item["preview"]["S"],
        sent={name[len(SENT) :]: int(value["N"]) for name, value in item.items() if name.startswith(SENT)},
    )


def report_item(report: Report) -> dict[str, Any]:
    return {
        **report_key(report.reporter, report.id),
        "listed": {"S": REPORTS},
        "place": {"S": f"{report.at:015}#{report.reporter}#{report.id}"},
        "id": {"S": report.id},
        "reporter": {"S": report.reporter},
        "user": {"S": report.user},
        "reason": {"S": report.reason},
        "text": {"S": report.text},
        "at": {"N": str(report.at)},
        **({"entry": {"M": entry_item(report.entry)}} if report.entry else {}),
    }


def report(item: Item) -> Report:
    return Report(
        id=item["id"]["S"],
        reporter=item["reporter"]["S"],
        user=item["user"]["S"],
        reason=item["reason"]["S"],
        text=item["text"]["S"],
        at=int(item["at"]["N"]),
        entry=entry(item["entry"]["M"]) if "entry" in item else None,
    )


def block(item: Item) -> tuple[str, str]:
    """Who blocks, and whom."""
    return item["pk"]["S"][len("U#") :], item["sk"]["S"][len("B#") :]


def _flag(item: Item, name: str) -> bool:
    return bool(item[name]["BOOL"]) if name in item else False


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0
