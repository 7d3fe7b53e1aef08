"""Who is asking."""

from collections.abc import Collection
from typing import Literal

from msgspec import Struct

Role = Literal["consumer", "provider"]


def role_of(groups: Collection[str]) -> Role:
    """The role of a user whose token names these groups. Everybody is a consumer, and operators grant ``provider``.

    A token without a group is a consumer's: the first one of a user who signs in through another provider may have been
    made before the user was put into the group.
    """
    return "provider" if "provider" in groups else "consumer"


class Session(Struct, frozen=True):
    """Who is asking: one authenticated socket, as the authorizer vouches for it."""

    user: str
    role: Role
    device: str
    connection: str
    expires: int
    """When the token expires."""
