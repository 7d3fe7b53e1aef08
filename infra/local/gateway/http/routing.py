"""Which route a request of an HTTP API takes.

Source: "Create routes for HTTP APIs in API Gateway" in the developer guide. A full match comes before one with a greedy
path variable, which comes before ``$default``. An exact method comes before ``ANY``, and more literal segments before
fewer.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_DEFAULT = "$default"
_VARIABLE = re.compile(r"\{([^}+]+)(\+?)\}")


class Chosen(NamedTuple):
    """A route's key, and its path variables."""

    key: str
    variables: Mapping[str, str]


def select(keys: Iterable[str], method: str, path: str) -> Chosen | None:
    """Return the route of a request, or None if there is none, not even ``$default``. ``path`` is decoded."""
    matching: list[tuple[tuple[bool, int, bool], Chosen]] = []
    known = set(keys)
    for key in known - {_DEFAULT}:
        wanted, _, pattern = key.partition(" ")
        found = _expression(pattern).fullmatch("/" + path.lstrip("/")) if wanted in {method, "ANY"} else None
        if found:
            literals = sum(not segment.startswith("{") for segment in pattern.strip("/").split("/"))
            matching.append((("+}" not in pattern, literals, wanted != "ANY"), Chosen(key, found.groupdict())))
    if matching:
        return max(matching, key=lambda one: one[0])[1]
    return Chosen(_DEFAULT, {}) if _DEFAULT in known else None


def _expression(pattern: str) -> re.Pattern[str]:
    parts, end = [], 0
    for variable in _VARIABLE.finditer(pattern):
        parts += [re.escape(pattern[end : variable.start()])]
        parts += [f"(?P<{variable[1]}>{'.+' if variable[2] else '[^/]+'})"]
        end = variable.end()
    return re.compile("".join([*parts, re.escape(pattern[end:])]))
