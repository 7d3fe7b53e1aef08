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
