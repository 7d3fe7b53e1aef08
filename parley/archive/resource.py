"""The ports behind a conversation's history: reading it, and asking for what has been archived of it."""

from msgspec import Struct

from parley.archive import history, restoring


class Ports(Struct, frozen=True):
    """What the routes of history need from the world."""

    reading: history.Ports
    asking: restoring.Asking
