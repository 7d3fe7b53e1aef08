"""Let a user of the legacy database in with the password that they have there, or with none if they have forgotten it.

The password is compared and then forgotten. The identity provider, which has asked, stores it in its own way.
"""

from parley.core.errors import Unauthorized
from parley.migration import passwords
from parley.migration.model import LegacyUser
from parley.migration.ports import LegacyUsers


def check(email: str, password: str, users: LegacyUsers) -> LegacyUser:
    """Return the user whose address and password these are. As much work is done if there is no such user.

    Raises:
        Unauthorized: there is no such user, or they have another password. Nothing says which.
    """
    user = users.by_email(email)
    known = passwords.matches(password, user.password if user else passwords.DECOY)
    if user is None or not known:
        raise Unauthorized("no such user, or another password")
    return user


def find(email: str, users: LegacyUsers) -> LegacyUser:
    """Return the user with this address, who has forgotten their password. Nothing proves yet that it is them: the
    identity provider sends a code to that address.

    Raises:
        Unauthorized: there is no such user.
    """
    user = users.by_email(email)
    if user is None:
        raise Unauthorized("no such user, or another password")
    return user
