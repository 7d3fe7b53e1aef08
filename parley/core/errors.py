"""Everything that can go wrong, as one tree.

    ParleyError                    code, whether a retry may help, and when
    ├── BadRequest                 bad_request     the frame breaks the protocol
    ├── Unauthorized               unauthorized    no proof of who is asking
    ├── TokenExpired               token_expired   the proof has run out: reconnect with a fresh token
    ├── Forbidden                  forbidden       known, but not allowed
    ├── Blocked                    blocked         the recipient refuses this sender
    ├── NotFound                   not_found       no such user or conversation
    ├── Conflict                   conflict        what is stored is newer; carries the tail, or what is stored
    ├── Stale                      stale           somebody has changed it since: read it again, then decide again
    ├── NotReady                   not_ready       an upload is still being verified; says when to come back
    ├── Archived                   archived        it is in the archive, from which it has to be restored first
    ├── TooLarge                   too_large       over a size limit
    ├── RateLimited                rate_limited    flood control; says when to come back
    └── Unavailable                unavailable     our fault; says when to come back

Adapters translate their service's errors into this tree (``parley.core.aws.errors``), and entrances turn it into an
error frame or a problem. A message is written for the client's developer and contains nothing that belongs to others.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class ParleyError(Exception):
    """The root of all errors. ``retryable`` says whether the same frame may succeed if it is sent again."""

    code: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        tail: int | None = None,
        current: Mapping[str, Any] | None = None,
    ) -> None:
        """Args:
        message: what is wrong, for the client's developer.
        retry_after: seconds until a retry makes sense.
        tail: with a conflict, the ``seq`` of the conversation's newest entry.
        current: with a conflict about the asker's own data, what is stored.
        """
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after
        self.tail = tail
        self.current = current


class BadRequest(ParleyError):
    code = "bad_request"


class Unauthorized(ParleyError):
    code = "unauthorized"


class TokenExpired(ParleyError):
    code = "token_expired"
    retryable = True


class Forbidden(ParleyError):
    code = "forbidden"


class Blocked(ParleyError):
    code = "blocked"


class NotFound(ParleyError):
    code = "not_found"


class Conflict(ParleyError):
    code = "conflict"


class Stale(ParleyError):
    code = "stale"


class NotReady(ParleyError):
    code = "not_ready"
    retryable = True


class Archived(ParleyError):
    code = "archived"


class TooLarge(ParleyError):
    code = "too_large"


class RateLimited(ParleyError):
    code = "rate_limited"
    retryable = True


class Unavailable(ParleyError):
    code = "unavailable"
    retryable = True
