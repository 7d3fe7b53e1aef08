"""Every number in the client's behaviour. Times are seconds.

clients/SPEC.md states the same numbers for clients in other languages, and a test keeps the two equal.
"""

BACKOFF_BASE = 0.5
"""The first pause before connecting again lies between 0 and this; each further one may be twice as long."""
BACKOFF_CAP = 30.0
BACKOFF_RESET = 30.0
"""After a connection was live this long, the pauses start from the beginning."""
THROTTLED_FLOOR = 5.0
"""The shortest pause after the server has said that there is too much traffic."""
REFUSALS = 3
"""Refused tokens in a row until the user counts as signed out."""
SIGNED_OUT_RETRY = 300.0
"""The longest pause between attempts while signed out; the shortest is half of it."""

OPEN_TIMEOUT = 15.0
"""For obtaining a token, and again for opening the socket."""
COMMAND_TIMEOUT = 10.0
"""For the answer to a command."""
PING_AFTER = 240.0
"""How long we may send nothing, or hear nothing, before we send a ping; API Gateway closes after 600."""
PONG_TIMEOUT = 10.0
"""For anything at all to arrive after a ping."""

RENEW_AFTER_MIN = 6600.0
"""A connection is renewed between these two ages; API Gateway ends it at 7200."""
RENEW_AFTER_MAX = 7020.0
TOKEN_LEAD_MIN = 60.0
"""A connection is renewed between these two times before its token ends."""
TOKEN_LEAD_MAX = 120.0
RENEW_GAP = 30.0
"""The least age at which a connection is renewed, however short its token lives."""
QUIET_WAIT = 30.0
"""How long a due renewal waits for commands still unanswered."""

RESYNC_EVERY = 1800.0
"""The interval of syncs that nothing else requested: the safety net."""
GAP_GRACE = 0.5
"""How long a missing entry may still be on its way before a sync fetches it."""
HELD_LIMIT = 200
"""Entries held behind a gap in one conversation; any more are left to the sync."""
SYNC_NAMES = 300
"""Conversations named in one sync command."""
SYNC_BYTES = 24 * 1024
"""Bytes that those names may take in the frame."""

MARK_DELAY = 0.3
"""Marks of one conversation are gathered this long."""
RETRY_AFTER_CAP = 60.0
"""A server's ``retry_after`` is cut to this."""
TYPING_EVERY = 3.0
"""The least time between two typing frames in one conversation."""
TYPING_SHOWN = 5.0
"""How long somebody is shown as typing."""

FRAME_LIMIT = 32 * 1024
"""Bytes of UTF-8 in a command."""
MEDIA_LIMIT = 10
"""Media in a message."""
TEXT_LIMIT = 8_000
"""Characters (code points) in a message's text."""
PRESENCE_LIMIT = 40
"""Users in one presence query."""
EVENT_QUEUE = 1_000
"""Events kept for an app that is slow to take them."""


def backoff(failures: int, chance: float) -> float:
    """Full jitter: anything between 0 and a bound that doubles with each failure. ``chance`` is in [0, 1)."""
    return chance * min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(failures, 30))


def pause(retry_after: float | None, failures: int, chance: float) -> float:
    """How long to wait before a refused command is repeated: what the server says, otherwise the backoff."""
    if retry_after is None:
        return backoff(failures, chance)
    return min(max(retry_after, 0.0), RETRY_AFTER_CAP)
