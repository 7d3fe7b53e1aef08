"""The ports behind the account routes of ``/me``: leaving, coming back, and the archive."""

from msgspec import Struct

from parley.accounts.exports import Asking
from parley.accounts.ports import Accounts


class Ports(Struct, frozen=True):
    """What the resource needs from the world."""

    accounts: Accounts
    exports: Asking
