"""Push devices on DynamoDB: beside a user's connections, where a push looks, and by endpoint, so that it has one owner.

Whoever stands at an endpoint in a REACH item is named by the endpoint's own item: both change in one transaction. The
other way round it may lag: where a device has given up its endpoint, the endpoint's item may stay, and does no harm.
"""

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chat.aws import errors, items
from chat.aws.batch import batch_get
from chat.aws.threads import Threads
from chat.errors import NotFound, Unavailable
from chat.model import PushDevice, Reach, Registration

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 5
_PAUSE = 0.01
# Seconds, doubled with full jitter. Two meet where a phone changes hands, or connects while it registers.


class DynamoDevices:
    """A ``chat.ports.Devices``."""

    def __init__(self, client: "DynamoDBClient", table: str, threads: Threads) -> None:
        self._client = client
        self._table = table
        self._threads = threads

    def register(self, user: str, registration: Registration) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            if self._register(user, registration):
                return
            time.sleep(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311  (jitter is no secret)
        raise Unavailable("the device is being registered by several at once", retry_after=errors.RETRY_AFTER)

    def _register(self, user: str, registration: Registration) -> bool:
        """Whether nothing has changed between looking and writing."""
        device = registration.device
        owner, reaches = self._look(user, device.endpoint)
        if user not in reaches:
            raise NotFound("no such user")
        known = _device(reaches[user], device.id)
        put = {"Put": self._owned(owner, items.owner_item(user, registration))}
        if owner == (user, device.id) and known == device:
            return self._write([put])
        own = _Change(user).set(device, known)
        changes = [own]
        if owner is not None and owner != (user, device.id):
            former = own if owner[0] == user else _Change(owner[0])
            former.leave(owner[1], device.endpoint, _device(reaches.get(owner[0]), owner[1]))
            changes += [former] if former is not own else []
        written = self._write([put, *(c.request(self._table) for c in changes)])
        if written and known and known.endpoint != device.endpoint:
            self._conditionally(self._client.delete_item, self._released(user, device.id, known.endpoint))
        return written

    def _look(self, user: str, endpoint: str) -> tuple[tuple[str, str] | None, dict[str, Reach]]:
        """Whose the endpoint is, and where that user and this one are reached."""
        found = self._get([items.owner_key(endpoint), items.reach_key(user)])
        owner, reaches = None, {}
        for item in found:
            if item["sk"]["S"] == "OWNER":
                name, held = items.owner(item)
                owner = name, held.device.id
            else:
                reaches[user] = items.reach(item)
        if owner is not None and owner[0] != user:
            reaches |= {r.user: r for r in map(items.reach, self._get([items.reach_key(owner[0])]))}
        return owner, reaches

    def registrations(self, user: str, devices: Sequence[PushDevice]) -> list[Registration]:
        keys = [items.owner_key(d.endpoint) for d in devices]
        held = [items.owner(i) for i in (self._get(keys) if keys else [])]
        return [r for owner, r in held if owner == user and r.device in devices]

    def remove(self, user: str, device: PushDevice) -> bool:
        """The device first: an endpoint's item without it does no harm."""
        change = _Change(user)
        change.leave(device.id, device.endpoint, device)
        if not self._conditionally(self._client.update_item, change.request(self._table)["Update"]):
            return False
        return self._conditionally(self._client.delete_item, self._released(user, device.id, device.endpoint))

    def _owned(self, owner: tuple[str, str] | None, item: dict[str, Any]) -> dict[str, Any]:
        """A put of an endpoint's item while its owner is this one."""
        put = {"TableName": self._table, "Item": item}
        return {**put, **(_while(*owner) if owner else {"ConditionExpression": "attribute_not_exists(pk)"})}

    def _released(self, user: str, device: str, endpoint: str) -> dict[str, Any]:
        """A delete of an endpoint's item while it is this device's."""
        return {"TableName": self._table, "Key": items.owner_key(endpoint), **_while(user, device)}

    def _get(self, keys: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return batch_get(self._client, self._table, keys, self._threads, strong=True)

    def _write(self, requests: Sequence[dict[str, Any]]) -> bool:
        """Whether all conditions held, and nobody wrote the same at that moment."""
        with errors.translated():
            try:
                self._client.transact_write_items(TransactItems=requests)  # type: ignore[arg-type]
            except ClientError as error:
                reasons = {r.get("Code") for r in errors.cancellation_reasons(error)}
                if reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
                    return False
                raise
        return True

    def _conditionally(self, call: Any, request: dict[str, Any]) -> bool:
        try:
            with errors.translated():
                call(**request)
        except ClientError as error:
            if errors.condition_failed(error):
                return False
            raise
        return True


class _Change:
    """What becomes of one user's REACH item."""

    def __init__(self, user: str) -> None:
        self._user = user
        self._set = ""
        self._remove = ""
        self._conditions: list[str] = []
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def set(self, device: PushDevice, known: PushDevice | None) -> "_Change":
        """Record a device in place of ``known``."""
        self._set = "SET #d = :d"
        self._conditions += ["attribute_exists(pk)", "#d = :known" if known else "attribute_not_exists(#d)"]
        self._names["#d"] = items.DEVICE + device.id
        self._values[":d"] = items.device_value(device)
        if known:
            self._values[":known"] = items.device_value(known)
        return self

    def leave(self, device: str, endpoint: str, known: PushDevice | None) -> None:
        """Take an endpoint from a device; one that is known to have another must still have another."""
        self._names["#left"] = items.DEVICE + device
        self._values[":left"] = {"S": endpoint}
        if known and known.endpoint == endpoint:
            self._remove = "REMOVE #left"
            self._conditions.append("#left.endpoint = :left")
        else:
            self._conditions.append("(attribute_not_exists(#left) OR #left.endpoint <> :left)")

    def request(self, table: str) -> dict[str, Any]:
        """Its part in a transaction."""
        conditional = {
            "TableName": table,
            "Key": items.reach_key(self._user),
            "ConditionExpression": " AND ".join(self._conditions),
            "ExpressionAttributeNames": self._names,
            "ExpressionAttributeValues": self._values,
        }
        expression = f"{self._set} {self._remove}".strip()
        if not expression:
            return {"ConditionCheck": conditional}
        return {"Update": {**conditional, "UpdateExpression": expression}}


def _while(owner: str, device: str) -> dict[str, Any]:
    return {
        "ConditionExpression": "#user = :owner AND device = :device",
        "ExpressionAttributeNames": {"#user": "user"},
        "ExpressionAttributeValues": {":owner": {"S": owner}, ":device": {"S": device}},
    }


def _device(reach: Reach | None, name: str) -> PushDevice | None:
    return next((d for d in reach.devices if d.id == name), None) if reach else None
