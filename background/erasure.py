"""The clock: accounts whose time to come back is over are erased, a step at a time."""

import os
import time
from collections.abc import Callable

from background import wiring
from chat.errors import Unavailable
from users import erasing


def run(made: wiring.Erasure, now: int) -> None:
    """Take the next step with every account that is due.

    Raises:
        Unavailable: some could not be dealt with now. All the others have been; Lambda tries again.
    """
    erased = erasing.run(now, made.ports)
    made.telemetry.count(AccountsCut=erased.cut, AccountsErased=erased.done, ErasureFailures=erased.failed)
    if erased.failed:
        raise Unavailable(f"{erased.failed} accounts could not be erased", retry_after=1)


def __getattr__(name: str) -> Callable[[object, object], None]:
    if name != "handler":
        raise AttributeError(name)
    made = wiring.erasure(os.environ)
    return lambda _event, _context: run(made, time.time_ns() // 1_000_000)
