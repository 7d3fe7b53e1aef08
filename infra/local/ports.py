"""Whether a Parley that keeps its state can have its two ports, which is decided before anything else is touched."""

import contextlib
import time

from infra.local.emulator import must_be_free
from infra.local.workspace import CannotStart, Place

_LAST_PORT = 65_535
_LAST_LIMIT = 5.0


def refuse_early(port: int, place: Place, limit: float = _LAST_LIMIT) -> None:
    """Return if the embedded AWS can serve at ``port`` and the gateway at the one after it. Nothing is created.

    What a killed holder of the place has started is given ``limit`` seconds to save its state and end. Nothing else is
    waited for.

    Raises:
        CannotStart: it cannot, or another process holds the place.
    """
    if port >= _LAST_PORT:
        raise CannotStart(f"PARLEY_PORT must be below {_LAST_PORT}: the port after it serves the page")
    place.must_not_be_in_use()
    until = time.monotonic() + limit
    while place.was_killed() and time.monotonic() < until:
        with contextlib.suppress(CannotStart):
            _must_be_free(port)
            return
        time.sleep(0.1)
    _must_be_free(port)


def _must_be_free(port: int) -> None:
    must_be_free(port)
    try:
        must_be_free(port + 1)
    except CannotStart as error:
        raise CannotStart(f"the page is served at the port after PARLEY_PORT, and {error}") from None
