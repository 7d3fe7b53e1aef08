"""Who is asking."""

from typing import Literal

from msgspec import Struct

Role = Literal["consumer", "provider"]


class Session(Struct, frozen=True):
    """Who is asking: one authenticated socket, as the authorizer vouches for it."""

    user: str
    role: Role
    device: str
    connection: str
    expires: int
    """When the token expires."""
