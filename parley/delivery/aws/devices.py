"""Push devices on DynamoDB. They are stored beside a user's connections, where a push looks, and also by endpoint, so
that each endpoint has one owner.

If a REACH item has an endpoint, the endpoint's own item names that user, and both change in one transaction. An
endpoint that has been left has an item that names nobody, and a row in the list, by time, of those to be deleted.
"""

import random
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from msgspec import Struct

from parley.core.aws import errors
from parley.core.aws.batch import batch_get
from parley.core.aws.threads import Threads
from parley.core.errors import BadRequest, NotFound, Unavailable
from parley.delivery.aws import items
from parley.delivery.model import PushDevice, Recipient, Registration
from parley.delivery.ports import IN_USE, InUse, RegistrationResult, ReleasedEndpoint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 6
_PAUSE = 0.01
# In seconds; it doubles with every attempt, with full jitter. Writers meet when a phone changes hands, or connects
# while it registers. An endpoint is left for as long as SNS takes to delete it.
_ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
_NEVER_ADDED = "attribute_not_exists(#added)"


class _Seen(Struct, frozen=True):
    """What a registration finds."""

    owner: tuple[str, str] | None
    """Whose endpoint it is: user and device."""
    left: ReleasedEndpoint | None
    recipients: dict[str, Recipient]
    """Where the user and the owner can be reached."""
    added: int
    """How many devices the user has ever had."""

    def device(self, user: str, name: str) -> PushDevice | None:
        """What is stored about a user's device."""
        recipient = self.recipients.get(user)
        return next((d for d in recipient.devices if d.id == name), None) if recipient else None


class DynamoDevices:
    """A ``parley.delivery.ports.Devices``."""

    def __init__(self, client: "DynamoDBClient", table: str, threads: Threads) -> None:
        self._client = client
        self._table = table
        self._threads = threads

    def register(self, user: str, registration: Registration, most: int, until: int) -> RegistrationResult:
        for _ in _attempts():
            if taken := self._register(user, registration, most, until):
                return taken
        raise Unavailable("the device is being registered by several at once", retry_after=errors.RETRY_AFTER)

    def _register(self, user: str, registration: Registration, most: int, until: int) -> RegistrationResult | None:
        """None if something has changed between the look and the write, or if somebody is leaving the endpoint."""
        device = registration.device
        seen = self._look(user, device.endpoint)
        if user not in seen.recipients:
            raise NotFound("no such user")
        if seen.left is not None and seen.left.until > registration.at:
            return None
        known = seen.device(user, device.id)
        requests = [self._put(items.owner_item(user, registration), seen)]
        if known == device and seen.owner == (user, device.id):
            return RegistrationResult(renewed=True) if self._write(requests) else None
        changes = self._changes(user, device, seen, most)
        left = ReleasedEndpoint(known.endpoint, until) if known and known.endpoint != device.endpoint else None
        requests += [c.request(self._table) for c in changes]
        requests += self._left(left, _while(user, device.id)) if left else []
        requests += [self._delete(items.overdue_key(seen.left))] if seen.left else []
        return RegistrationResult(renewed=False, left=left) if self._write(requests) else None

    def _changes(self, user: str, device: PushDevice, seen: _Seen, most: int) -> "list[_Change]":
        """The changes to the REACH items of the user and of whoever has the endpoint."""
        known = seen.device(user, device.id)
        others = [d for d in seen.recipients[user].devices if d.id != device.id and d.endpoint != device.endpoint]
        if known is None and len(others) >= most:
            raise BadRequest(f"a user has at most {most} devices")
        own = _Change(user).set(device, known, seen.added)
        if seen.owner is None or seen.owner == (user, device.id):
            return [own]
        former, name = seen.owner
        change = own if former == user else _Change(former)
        change.leave(name, device.endpoint, seen.device(former, name))
        return [own] if change is own else [own, change]

    def _look(self, user: str, endpoint: str) -> _Seen:
        found = {i["sk"]["S"]: i for i in self._get([items.owner_key(endpoint), items.recipient_key(user)])}
        at = found.get("OWNER", {})
        owner = left = None
        if at and (left := items.left(at)) is None:
            name, held = items.owner(at)
            owner = name, held.device.id
        recipient = found.get("REACH")
        recipients = [recipient] if recipient else []
        if owner is not None and owner[0] != user:
            recipients += self._get([items.recipient_key(owner[0])])
        added = int(recipient[items.ADDED]["N"]) if recipient and items.ADDED in recipient else 0
        return _Seen(owner, left, {r.user: r for r in map(items.recipient, recipients)}, added)

    def registrations(self, user: str, devices: Sequence[PushDevice]) -> list[Registration]:
        keys = [items.owner_key(d.endpoint) for d in devices]
        found = self._get(keys) if keys else []
        held = [items.owner(i) for i in found if items.left(i) is None]
        return [r for owner, r in held if owner == user and r.device in devices]

    def leave(self, user: str, registration: Registration, until: int) -> ReleasedEndpoint | InUse:
        device = registration.device
        left = ReleasedEndpoint(device.endpoint, until)
        change = _Change(user)
        change.leave(device.id, device.endpoint, device)
        same = _while(user, device.id, registration.at)
        return left if self._write([change.request(self._table), *self._left(left, same)]) else IN_USE

    def abandon(self, endpoint: str, now: int, until: int) -> ReleasedEndpoint | InUse:
        found = self._get([items.owner_key(endpoint)])
        before = items.left(found[0]) if found else None
        if found and (before is None or before.until > now):
            return IN_USE
        left = ReleasedEndpoint(endpoint, until)
        requests = self._left(left, _while_left(before) if before else _ABSENT)
        requests += [self._delete(items.overdue_key(before))] if before else []
        return left if self._write(requests) else IN_USE

    def deleted(self, left: ReleasedEndpoint) -> None:
        # If a condition fails, somebody else has left the endpoint since, and deletes it again.
        self._write([
            self._delete(items.owner_key(left.endpoint), _while_left(left)),
            self._delete(items.overdue_key(left)),
        ])  # fmt: skip

    def overdue(self, now: int, limit: int) -> list[ReleasedEndpoint]:
        with errors.translated():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :left AND sk < :next",
                ExpressionAttributeValues={":left": items.LEFT, ":next": {"S": items.left_place(now + 1)}},
                Limit=limit,
                ConsistentRead=True,
            )
        return [items.overdue(i) for i in page["Items"]]

    def _put(self, item: dict[str, Any], seen: _Seen) -> dict[str, Any]:
        """A put of an endpoint's item, in place of what was seen."""
        condition = _ABSENT
        if seen.owner:
            condition = _while(*seen.owner)
        elif seen.left:
            condition = _while_left(seen.left)
        return {"Put": {"TableName": self._table, "Item": item, **condition}}

    def _left(self, left: ReleasedEndpoint, condition: dict[str, Any]) -> list[dict[str, Any]]:
        """The puts of an endpoint's item, which no longer names anyone, and of its row in the list."""
        return [
            {"Put": {"TableName": self._table, "Item": items.left_item(left), **condition}},
            {"Put": {"TableName": self._table, "Item": items.overdue_key(left)}},
        ]

    def _delete(self, key: dict[str, Any], condition: dict[str, Any] | None = None) -> dict[str, Any]:
        return {"Delete": {"TableName": self._table, "Key": key, **(condition or {})}}

    def _get(self, keys: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return batch_get(self._client, self._table, keys, self._threads, strong=True)

    def _write(self, requests: Sequence[dict[str, Any]]) -> bool:
        """Write, and return whether all conditions held. If somebody writes the same items just now, it tries again."""
        for _ in _attempts():
            with errors.translated():
                try:
                    self._client.transact_write_items(TransactItems=requests)  # type: ignore[arg-type]
                except ClientError as error:
                    reasons = {r.get("Code") for r in errors.cancellation_reasons(error)}
                    if "ConditionalCheckFailed" in reasons:
                        return False
                    if "TransactionConflict" not in reasons:
                        raise
                else:
                    return True
        raise Unavailable("the device is being written by several at once", retry_after=errors.RETRY_AFTER)


class _Change:
    """The changes to one user's REACH item."""

    def __init__(self, user: str) -> None:
        self._user = user
        self._set = ""
        self._remove = ""
        self._conditions: list[str] = []
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def set(self, device: PushDevice, known: PushDevice | None, added: int) -> "_Change":
        """Record a device in place of ``known``, or as an additional one: the next after ``added`` others."""
        self._set = "SET #d = :d"
        self._names["#d"] = items.DEVICE + device.id
        self._values[":d"] = items.device_value(device)
        self._conditions.append("attribute_exists(pk)")
        if known:
            self._conditions.append("#d = :known")
            self._values[":known"] = items.device_value(known)
        else:
            self._set += ", #added = :more"
            self._names["#added"] = items.ADDED
            self._values[":more"] = {"N": str(added + 1)}
            self._conditions += ["attribute_not_exists(#d)", "#added = :added" if added else _NEVER_ADDED]
            if added:
                self._values[":added"] = {"N": str(added)}
        return self

    def leave(self, device: str, endpoint: str, known: PushDevice | None) -> None:
        """Take an endpoint from a device. If the device is known to have another one, it must still have another."""
        self._names["#left"] = items.DEVICE + device
        self._values[":left"] = {"S": endpoint}
        if known and known.endpoint == endpoint:
            self._remove = "REMOVE #left"
            self._conditions.append("#left.endpoint = :left")
        else:
            self._conditions.append("(attribute_not_exists(#left) OR #left.endpoint <> :left)")

    def request(self, table: str) -> dict[str, Any]:
        """This change's part in a transaction."""
        conditional = {
            "TableName": table,
            "Key": items.recipient_key(self._user),
            "ConditionExpression": " AND ".join(self._conditions),
            "ExpressionAttributeNames": self._names,
            "ExpressionAttributeValues": self._values,
        }
        expression = f"{self._set} {self._remove}".strip()
        if not expression:
            return {"ConditionCheck": conditional}
        return {"Update": {**conditional, "UpdateExpression": expression}}


def _attempts() -> Iterator[None]:
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311  (jitter is no secret)
        yield


def _while(owner: str, device: str, at: int | None = None) -> dict[str, Any]:
    """The condition that an endpoint belongs to this device, and has not been registered again since ``at``."""
    condition: dict[str, Any] = {
        "ConditionExpression": "#user = :owner AND device = :device",
        "ExpressionAttributeNames": {"#user": "user"},
        "ExpressionAttributeValues": {":owner": {"S": owner}, ":device": {"S": device}},
    }
    if at is not None:
        condition["ConditionExpression"] += " AND #at = :at"
        condition["ExpressionAttributeNames"]["#at"] = "at"
        condition["ExpressionAttributeValues"][":at"] = {"N": str(at)}
    return condition


def _while_left(left: ReleasedEndpoint) -> dict[str, Any]:
    return {
        "ConditionExpression": "#left = :left",
        "ExpressionAttributeNames": {"#left": "left"},
        "ExpressionAttributeValues": {":left": {"N": str(left.until)}},
    }
