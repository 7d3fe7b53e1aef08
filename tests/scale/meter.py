"""What each partition key of the tables and of their indexes consumes, by DynamoDB's own rules.

DynamoDB reports consumed capacity per table and per index, and not per key. So the units are computed from each call
and the items that it read and wrote (Amazon DynamoDB developer guide, "DynamoDB read and write operations", "Using
Global Secondary Indexes", "Amazon DynamoDB Transactions: how it works"):

- a read takes half a unit for each 4 KB, and a whole one if it is strongly consistent; the items of a batch are rounded
  up one by one, those of a query together; a key that finds nothing takes as much as one of 4 KB;
- a write takes a unit for each KB of the larger of the item before and after, twice that within a transaction, and as
  much if its condition fails;
- an index takes a write when what it holds of an item changes, and two if the item moves to another place in it.
"""

import math
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

Item = Mapping[str, Any]
Direction = Literal["read", "write"]

_READ_BYTES, _WRITE_BYTES = 4096, 1024
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})


class Key(NamedTuple):
    """A partition key of a table (its name alone) or of an index (``Table/index``)."""

    where: str
    value: str


class _Index(NamedTuple):
    name: str
    keys: tuple[str, ...]
    whole: bool
    """Whether it holds all attributes, or only keys."""


class _Write(NamedTuple):
    table: str
    key: Item
    factor: int
    item: Item | None
    """The item as it is put, whole; None if it is updated or deleted."""


class Meter:
    """Counts units by partition key, of the clients that it observes.

    Attributes:
        units: by direction and key.
    """

    def __init__(self, client: Any, tables: tuple[str, ...]) -> None:
        """``client`` looks at items before and after they are written, and is not observed itself."""
        self._client = client
        self._lock = threading.RLock()
        self.units: dict[Direction, Counter[Key]] = {"read": Counter(), "write": Counter()}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._indexes: dict[str, list[_Index]] = {}
        for table in tables:
            told = client.describe_table(TableName=table)["Table"]
            self._keys[table] = tuple(k["AttributeName"] for k in told["KeySchema"])
            self._indexes[table] = [
                _Index(
                    index["IndexName"],
                    tuple(k["AttributeName"] for k in index["KeySchema"]),
                    index["Projection"]["ProjectionType"] == "ALL",
                )
                for index in told.get("GlobalSecondaryIndexes", [])
            ]

    def observe(self, *clients: Any) -> None:
        """Count these clients' calls from now on."""
        for client in clients:
            client.meta.events.register("provide-client-params.dynamodb", self._before)
            client.meta.events.register("after-call.dynamodb", self._after)

    def clear(self) -> None:
        """Count from nothing again."""
        for counted in self.units.values():
            counted.clear()

    def _before(self, params: Any, model: Any, context: Any, **_: Any) -> None:
        writes = list(self._written(model.name, params)) if model.name in _WRITES else []
        context["metered"] = params, [(w, self._item(w)) for w in writes]

    def _after(self, parsed: Any, model: Any, context: Any, **_: Any) -> None:
        params, writes = context["metered"]
        with self._lock:
            if model.name in _WRITES:
                for write, before in writes:
                    self._wrote(write, before, self._item(write))
            elif model.name == "Query":
                self._queried(params, parsed)
            elif model.name == "GetItem":
                strong = bool(params.get("ConsistentRead"))
                self._read(params["TableName"], params["Key"], parsed.get("Item"), strong=strong)
            elif model.name == "BatchGetItem":
                self._batch(params, parsed)
            else:
                raise AssertionError(f"the meter does not know {model.name}")

    def _written(self, operation: str, params: Any) -> Iterator[_Write]:
        match operation:
            case "TransactWriteItems":
                for part in params["TransactItems"]:
                    [(verb, inner)] = part.items()
                    yield self._one(inner["TableName"], inner["Item"] if verb == "Put" else inner["Key"], factor=2)
            case "BatchWriteItem":
                for table, requests in params["RequestItems"].items():
                    for request in requests:
                        [(verb, inner)] = request.items()
                        yield self._one(table, inner["Item"] if verb == "PutRequest" else inner["Key"])
            case _:
                yield self._one(params["TableName"], params["Item"] if operation == "PutItem" else params["Key"])

    def _one(self, table: str, item: Item, factor: int = 1) -> _Write:
        key = {name: item[name] for name in self._keys[table]}
        return _Write(table, key, factor, item if len(item) > len(key) else None)

    def _item(self, write: _Write) -> Item | None:
        if write.item and not self._indexes[write.table]:
            return write.item  # nothing but its size counts
        found: Item | None = self._client.get_item(TableName=write.table, Key=write.key).get("Item")
        return found

    def _wrote(self, write: _Write, before: Item | None, after: Item | None) -> None:
        size = max(_size(before), _size(after), 1)
        self._count("write", write.table, write.key[self._keys[write.table][0]], write.factor * _up(size, _WRITE_BYTES))
        for index in self._indexes[write.table]:
            old, new = self._held(index, write, before), self._held(index, write, after)
            if old == new:
                continue
            where = f"{write.table}/{index.name}"
            places = [tuple(held[k] for k in index.keys) if held else None for held in (old, new)]
            moved = places[0] != places[1]
            for held in (old, new) if moved else (new,):
                if held:
                    self._count("write", where, held[index.keys[0]], _up(_size(held), _WRITE_BYTES))

    def _held(self, index: _Index, write: _Write, item: Item | None) -> Item | None:
        """What the index holds of an item: nothing if the item lacks one of its keys."""
        if item is None or any(key not in item for key in index.keys):
            return None
        kept = {*index.keys, *self._keys[write.table]}
        return item if index.whole else {name: value for name, value in item.items() if name in kept}

    def _queried(self, params: Any, parsed: Any) -> None:
        # Whatever the condition is, its first name is the partition key's, in all of our queries.
        table, index = params["TableName"], params.get("IndexName")
        name = params["KeyConditionExpression"].partition("=")[2].strip().split()[0]
        partition = params["ExpressionAttributeValues"][name]
        assert "FilterExpression" not in params, "what a filter drops is paid for, too"
        units = _up(max(sum(map(_size, parsed.get("Items", []))), 1), _READ_BYTES)
        where = f"{table}/{index}" if index else table
        self._count("read", where, partition, units if params.get("ConsistentRead") else units / 2)

    def _batch(self, params: Any, parsed: Any) -> None:
        for table, asked in params["RequestItems"].items():
            found = parsed["Responses"].get(table, [])
            for key in asked["Keys"]:
                item = next((i for i in found if all(i[name] == key[name] for name in key)), None)
                self._read(table, key, item, strong=bool(asked.get("ConsistentRead")))

    def _read(self, table: str, key: Item, item: Item | None, *, strong: bool) -> None:
        units = _up(max(_size(item), 1), _READ_BYTES)
        self._count("read", table, key[self._keys[table][0]], units if strong else units / 2)

    def _count(self, direction: Direction, where: str, value: Any, units: float) -> None:
        [text] = value.values()
        self.units[direction][Key(where, text)] += units  # type: ignore[assignment]  # halves


def _up(size: int, unit: int) -> int:
    return math.ceil(size / unit)


def _size(item: Item | None) -> int:
    """Return an item's bytes, of which text is exact and the rest is rounded up."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items()) if item else 0


def _value(value: Any) -> int:
    [(kind, held)] = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return len(held) // 2 + 2
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value(inner) for name, inner in held.items())
        case "L":
            return 3 + sum(1 + _value(inner) for inner in held)
        case "SS":
            return sum(len(each.encode()) for each in held)
        case "BOOL" | "NULL":
            return 1
    raise AssertionError(f"the meter does not know values of the kind {kind}")
