"""Grant a role: it is given by the operator or by signing up, and never chosen by the user."""

from chat.model import Role
from chat.ports import Directory, Roles


def grant(user: str, username: str, name: str, role: Role, directory: Directory, roles: Roles) -> None:
    """Make a user exist with this role, for others and in their own tokens. Repeating it is harmless.

    Args:
        user: the user id, which is the token's ``sub``.
        username: what the identity provider calls the same user.
        name: how others see them; may be empty.
        role: what they are from now on; tokens issued before keep what they say until they expire.
        directory: where the user becomes known to others.
        roles: where the tokens' content is decided.
    """
    roles.grant(username, role)
    directory.enrol(user, role, name)
