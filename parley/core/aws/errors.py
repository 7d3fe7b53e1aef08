"""Translates AWS's errors into the domain's. This is the only place that reads AWS error codes.

throttled, or a fault of the service  → Unavailable, which says when to come back
a condition that did not hold         → the item that is in the way, as a value (``condition_failed``)
denied, or our own mistake            → raised unchanged: a retry will not fix it, and a human has to see it
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as Unreachable

from parley.core.errors import Unavailable

_THROTTLED = frozenset({
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
})  # fmt: skip
_TRANSIENT = frozenset({
    "InternalError",
    "InternalErrorException",
    "InternalFailure",
    "InternalServerError",
    "ServiceUnavailable",
    "TransactionConflictException",
    "TransactionInProgressException",
})  # fmt: skip
_RACING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
# DynamoDB's cancellation reasons after which the same transaction may succeed if it is repeated.

RETRY_AFTER = 1.0
"""In seconds. When this is sent, the client has already used up its own retries inside the call."""


def code_of(error: ClientError) -> str:
    """The service's own code for the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """The HTTP status that the error came with; 0 if there was none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_throttle(error: ClientError) -> bool:
    """Whether the service asks us to slow down."""
    return code_of(error) in _THROTTLED or status_of(error) == 429


def is_transient(error: ClientError) -> bool:
    """Whether the same call may succeed if it is repeated."""
    return is_throttle(error) or code_of(error) in _TRANSIENT or status_of(error) >= 500


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors that a retry may fix into ``Unavailable``, and let everything else through.

    Raises:
        Unavailable: the service is throttling, failing, or cannot be reached.
    """
    try:
        yield
    except ClientError as error:
        if is_transient(error) or cancelled_by_a_race(error):
            raise Unavailable("the service is busy", retry_after=RETRY_AFTER) from error
        raise
    except (Unreachable, HTTPClientError) as error:
        raise Unavailable("the service cannot be reached", retry_after=RETRY_AFTER) from error


def condition_failed(error: ClientError) -> bool:
    """Whether a conditional write failed because its condition was false."""
    return code_of(error) == "ConditionalCheckFailedException"


def item_in_the_way(error: ClientError) -> Mapping[str, Any] | None:
    """The stored item on which a condition failed, if the request asked for it and there is one."""
    item: Mapping[str, Any] | None = error.response.get("Item")  # type: ignore[assignment]  # not in the stubs
    return item


def cancellation_reasons(error: ClientError) -> list[Mapping[str, Any]]:
    """Why a transaction was cancelled: one reason for each of its actions; empty if it was not cancelled."""
    if code_of(error) != "TransactionCanceledException":
        return []
    reasons: list[Mapping[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return reasons


def cancelled_by_a_race(error: ClientError) -> bool:
    """Whether a transaction was cancelled because of another one or a throttle, and not by a failed condition."""
    reasons = cancellation_reasons(error)
    return any(r.get("Code") in _RACING for r in reasons) and not any(
        r.get("Code") == "ConditionalCheckFailed" for r in reasons
    )
