"""Invoked by the clock: erases accounts whose owners can no longer change their minds, one step at a time."""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from parley.accounts import deletion
from parley.core.errors import Unavailable
from parley.delivery import endpoints
from parley.runtime import bootstrap, dependencies

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def run(deps: dependencies.Erasure, now: int, left: Callable[[], int]) -> None:
    """Take the next steps for every account that is due, while there is time. ``left`` returns the time left, in ms.

    Raises:
        Unavailable: some accounts could not be dealt with now. All the others have been; Lambda tries again.
    """
    erased = deletion.run(now, deps.ports, left)
    for error in erased.errors:
        deps.telemetry.failed(error)
    deps.telemetry.count(
        AccountsCut=erased.cut,
        AccountsErased=erased.done,
        AccountsUnfinished=erased.unfinished,
        ErasureFailures=len(erased.errors),
    )
    if not endpoints.sweep(now, deps.ports.devices, deps.ports.push):
        deps.telemetry.count(EndpointsLeft=1)
    if erased.errors:
        raise Unavailable(f"{len(erased.errors)} accounts could not be erased", retry_after=1)


def __getattr__(name: str) -> Callable[[object, "LambdaContext"], None]:
    if name != "handler":
        raise AttributeError(name)
    deps = bootstrap.erasure(os.environ)
    return lambda _event, context: run(deps, time.time_ns() // 1_000_000, context.get_remaining_time_in_millis)
