"""Reads and writes DynamoDB's own attribute form."""

from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Any]


def flag(item: Item, name: str) -> bool:
    return bool(item[name]["BOOL"]) if name in item else False


def number(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def text(item: Item, name: str) -> str:
    return str(item[name]["S"]) if name in item else ""


def plain(value: Item) -> Any:
    """What an attribute holds, as plain JSON values. All numbers in our tables are integers."""
    [(kind, held)] = value.items()
    match kind:
        case "M":
            return {name: plain(v) for name, v in held.items()}
        case "L":
            return [plain(v) for v in held]
        case "N":
            return int(held)
        case _:
            return held


def attribute(value: Any) -> dict[str, Any]:
    """The attribute for a value: a string, a boolean, an integer, or a list or an object of these."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case dict():
            return {"M": {name: attribute(v) for name, v in value.items()}}
        case _:
            return {"L": [attribute(v) for v in value]}
