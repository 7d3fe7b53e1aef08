"""Identifiers: who may appear in one, how a direct conversation's is built, and who is in it.

A direct conversation's id names both members, so membership costs no read.
"""

import re

END = r"$(?!\n)"
# Python's `$` also matches before a final newline; this means the end in Python and in JSON Schema alike.

CLIENT_ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}" + END
"""Every id a client may choose or name: message ids, device ids, user ids (a Cognito ``sub`` fits)."""


ULID_PATTERN = r"^[0-9A-HJKMNP-TV-Z]{26}" + END
"""What the server names things by: a ULID, which sorts by the time it was made."""

_CLIENT_ID = re.compile(CLIENT_ID_PATTERN)
_ULID = re.compile(ULID_PATTERN)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NOISE_BITS = 80


def is_client_id(value: str) -> bool:
    """Whether ``value`` is 1 to 64 of ``A–Z a–z 0–9 _ -``."""
    return _CLIENT_ID.match(value) is not None


def is_ulid(value: str) -> bool:
    """Whether ``value`` may be an id that the server has made."""
    return _ULID.match(value) is not None


def ulid(at: int, noise: int) -> str:
    """The ULID of a time (ms) and 80 random bits."""
    number = at << _NOISE_BITS | noise
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
