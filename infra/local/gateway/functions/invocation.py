"""An invocation of a function, and its outcome."""

import asyncio
from enum import StrEnum
from typing import NamedTuple

SIZE = 6 * 1024 * 1024
"""The most bytes that Lambda takes or returns at once. Source: "Lambda quotas" in the Lambda developer guide."""


class Failure(StrEnum):
    """Why an invocation has no return value."""

    FUNCTION = "the function raised an error or returned too much, or its worker died"
    TIMED_OUT = "the function exceeded its time-out"
    THROTTLED = "the function had no free worker in time"


class Answer(NamedTuple):
    """The outcome of an invocation as JSON: either what was returned, or Lambda's error object."""

    payload: bytes
    failure: Failure | None = None


class Job(NamedTuple):
    """An event, JSON, the answer that is awaited, and the request id, a UUID."""

    event: bytes
    answer: "asyncio.Future[Answer]"
    request: str
