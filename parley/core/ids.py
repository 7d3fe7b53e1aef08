"""Identifiers: which characters they may contain, and how the server makes its own."""

import re

END = r"$(?!\n)"
# Python's `$` also matches before a final newline; this pattern means the end both in Python and in JSON Schema.

CLIENT_ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}" + END
"""Every id that a client may choose or name: message ids, device ids, user ids (a Cognito ``sub`` fits)."""


ULID_PATTERN = r"^[0-9A-HJKMNP-TV-Z]{26}" + END
"""The ids that the server makes: ULIDs, which sort by the time at which they were made."""

_CLIENT_ID = re.compile(CLIENT_ID_PATTERN)
_ULID = re.compile(ULID_PATTERN)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NOISE_BITS = 80


def is_client_id(value: str) -> bool:
    """Whether ``value`` consists of 1 to 64 of the characters ``A–Z a–z 0–9 _ -``."""
    return _CLIENT_ID.match(value) is not None


def is_ulid(value: str) -> bool:
    """Whether ``value`` may be an id that the server has made."""
    return _ULID.match(value) is not None


def ulid(at: int, noise: int) -> str:
    """The ULID made of a time (ms) and 80 random bits."""
    number = at << _NOISE_BITS | noise
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
