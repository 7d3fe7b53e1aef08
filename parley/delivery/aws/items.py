"""How delivery's values are stored in the Directory table, in DynamoDB's own attribute form."""

from typing import Any

from parley.core.aws import listings
from parley.core.aws.attributes import Item, number
from parley.delivery.model import Connection, PushDevice, Recipient, Registration
from parley.delivery.ports import ReleasedEndpoint

CONNECTION = "c:"


DEVICE = "d:"


ADDED = "added"
"""How often a device was added to a user. Whoever adds one sees whether somebody else has added one in the meantime."""


BLOCKED = "blocked"
"""How many users this one blocks (``parley.chat.aws.blocks``). A row that is created begins with 0.

Rows of an earlier version lack it until the user connects. From then on it is minus the time of that, in ms, until the
blocks have been counted.
"""


LEFT = {"S": listings.RELEASED_ENDPOINTS}
"""The key under which endpoints that have been left are listed, by when they should have been deleted."""


def recipient_key(user: str) -> dict[str, Any]:
    return {"pk": {"S": f"U#{user}"}, "sk": {"S": "REACH"}}


def owner_key(endpoint: str) -> dict[str, Any]:
    return {"pk": {"S": f"E#{endpoint}"}, "sk": {"S": "OWNER"}}


def overdue_key(left: ReleasedEndpoint) -> dict[str, Any]:
    """The key of an endpoint's row in the list, which is ordered by when each should have been deleted."""
    return {"pk": LEFT, "sk": {"S": left_place(left.until, left.endpoint)}}


def left_place(until: int, endpoint: str = "") -> str:
    return f"{until:015d}#{endpoint}"


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


def left_item(left: ReleasedEndpoint) -> dict[str, Any]:
    """The item of an endpoint that has been left; it takes the place of the owner's item."""
    return {**owner_key(left.endpoint), "left": {"N": str(left.until)}}


def left(item: Item) -> ReleasedEndpoint | None:
    """The endpoint as it was left; None if it has an owner."""
    return ReleasedEndpoint(item["pk"]["S"][len("E#") :], until=int(item["left"]["N"])) if "left" in item else None


def overdue(item: Item) -> ReleasedEndpoint:
    until, endpoint = item["sk"]["S"].split("#", 1)
    return ReleasedEndpoint(endpoint, int(until))


def owner(item: Item) -> tuple[str, Registration]:
    """The owner of an endpoint, and what was said about the device."""
    endpoint = item["pk"]["S"][len("E#") :]
    device = PushDevice(id=item["device"]["S"], platform=item["platform"]["S"], endpoint=endpoint)
    told = item["app_version"]["S"], item["locale"]["S"]
    return item["user"]["S"], Registration(device, *told, at=int(item["at"]["N"]))


def recipient(item: Item) -> Recipient:
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
                    closing="closing" in c,
                )
            )
        elif name.startswith(DEVICE):
            d = value["M"]
            devices.append(PushDevice(id=name[len(DEVICE) :], platform=d["platform"]["S"], endpoint=d["endpoint"]["S"]))
    return Recipient(
        user=item["pk"]["S"][len("U#") :],
        role=item["role"]["S"],
        seen=number(item, "seen"),
        name=item["name"]["S"] if "name" in item else "",
        photo=item["photo"]["S"] if "photo" in item else "",
        connections=tuple(connections),
        devices=tuple(devices),
    )
