"""The errors of a request: refused, with the protocol's codes, or not answered at all."""

import errno
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SAID_BY_STATUS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    413: "too_large",
    429: "rate_limited",
}
"""The codes of API Gateway's own refusals, which carry none."""


class RestError(Exception):
    """A request has failed."""


class Unreachable(RestError):
    """The server could not be reached, or the connection was lost before it answered."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """One thing that is wrong with a request: where it is, and why it is wrong."""

    at: str
    why: str


class Problem(RestError):
    """The server's refusal.

    Attributes:
        code: as in the protocol, and stable.
        status: the HTTP status.
        detail: an explanation for developers.
        retryable: whether the same request may succeed if it is repeated.
        retry_after: seconds to wait before that, if the server says so.
        errors: with ``bad_request``, what is wrong, and where.
        current: with ``conflict`` about data, what is stored instead.
        tail: with ``conflict`` in a conversation, the newest seq.
    """

    def __init__(self, status: int, said: object, retry_after: float | None = None) -> None:
        """``said`` is the JSON of the response, or None if there was none."""
        told: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
        self.status = status
        self.code = str(told.get("code") or _SAID_BY_STATUS.get(status, "unavailable"))
        self.detail = str(told.get("detail") or told.get("message") or f"HTTP {status}")
        self.retryable = bool(told.get("retryable", status in {429, 502, 503, 504}))
        self.retry_after = retry_after
        self.errors = tuple(Invalid(str(e["at"]), str(e["why"])) for e in told.get("errors", ()))
        self.current: Mapping[str, Any] | None = told.get("current")
        self.tail: int | None = told.get("tail")
        wrong = "".join(f"; {e.at}: {e.why}" for e in self.errors)
        super().__init__(f"{self.detail}{wrong} ({self.code})")


def describe_failure(error: BaseException) -> str:
    """What went wrong on the way to a server, in a few words for people to read."""
    cause = getattr(error, "reason", None)
    if isinstance(cause, BaseException):  # urllib wraps them
        return describe_failure(cause)
    if isinstance(error, TimeoutError):
        return "timed out"
    # When several addresses were tried, only a text is left of their errors.
    if isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error):
        return "connection refused"
    if isinstance(error, ssl.SSLError):
        return str(error)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
