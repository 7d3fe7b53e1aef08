"""What one message, one session and so on uses, as ``make bench`` has measured it, or as last measured and shipped."""

import json
import math
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from infra.capacity.usage import Usage

BENCH = Path("build") / "bench.json"
SHIPPED = Path(__file__).with_name("measured.json")
_LIVES = ("dm", "small_dm", "pushed", "typing", "session", "sync", "opening")


class Figures(Struct, frozen=True):
    """Usage by what happens. ``tests/bench/cost.py`` says what each is. ``origin`` is for people to read."""

    dm: Usage
    small_dm: Usage
    pushed: Usage
    typing: Usage
    session: Usage
    sync: Usage
    opening: Usage
    origin: str


class NoFigures(Exception):
    """The file has no usable figures. The text says what to do."""


def load(path: Path | None) -> Figures:
    """Load figures from this file, or without one from the bench's own file, or if that has none from the shipped ones.

    Raises:
        NoFigures: a file was asked for, and has no figures.
    """
    if path is not None:
        return _read(path)
    try:
        return _read(BENCH)
    except NoFigures as missing:
        shipped = _read(SHIPPED)
        return msgspec.structs.replace(shipped, origin=f"{shipped.origin}, since {missing}")


def _read(path: Path) -> Figures:
    try:
        document = json.loads(path.read_bytes())
        lives = {life: _usage(document, life) for life in _LIVES}
    except FileNotFoundError:
        raise NoFigures(f"{path} is missing: run `make bench`") from None
    except (OSError, ValueError, TypeError, AttributeError):
        raise NoFigures(f"{path} cannot be read: run `make bench`") from None
    empty = [life for life, usage in lives.items() if usage == Usage()]
    if empty:
        raise NoFigures(f"{path} has no figures for {empty[0]}: run `make bench`")
    date = document.get("date")
    return Figures(**lives, origin=f"measured on {date} ({path.name})" if date else str(path))


def _usage(document: dict[str, float], life: str) -> Usage:
    prefix = f"cost.{life}."
    found = {name.removeprefix(prefix): value for name, value in document.items() if name.startswith(prefix)}
    usage = msgspec.convert(found, Usage)
    if not all(0 <= quantity < math.inf for quantity in asdict(usage).values()):
        raise ValueError(f"{life} is used less than nothing, or without end")
    return usage
