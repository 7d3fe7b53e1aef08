"""An invocation of a function, and what it comes to."""

import asyncio
from enum import StrEnum
from typing import NamedTuple

SIZE = 6 * 1024 * 1024
"""Bytes that Lambda takes or gives at once. Source: "Lambda quotas" in the Lambda developer guide."""


class Failure(StrEnum):
    """Why an invocation has no return value."""

    FUNCTION = "the function raised an error or returned too much, or its worker died"
    TIMED_OUT = "the function exceeded its time-out"
    THROTTLED = "the function had no free worker in time"


class Answer(NamedTuple):
    """What an invocation came to: JSON, of what was returned or else of Lambda's error object."""

    payload: bytes
    failure: Failure | None = None


class Job(NamedTuple):
    """An event, JSON, and the answer that is waited for."""

    event: bytes
    answer: "asyncio.Future[Answer]"
