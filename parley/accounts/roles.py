"""Grant a role. A role is given by the operator or at sign-up, and never chosen by the user."""

from parley.accounts.ports import Roles
from parley.core.lines import line
from parley.core.session import Role
from parley.delivery.ports import Users

NAME_LIMIT = 64
"""The most characters that a user's name may have."""


def grant(user: str, username: str, name: str, role: Role, users: Users, roles: Roles) -> None:
    """Create a user with this role, both for others and in the user's own tokens. Repeating it is harmless.

    Args:
        user: the user id, which is the token's ``sub``.
        username: what the identity provider calls the same user.
        name: how others see them; it may be empty. The identity provider accepts whatever is entered at sign-up, so
            characters that could break a line, and everything beyond ``NAME_LIMIT``, are left out.
        role: the user's role from now on. Tokens that were issued before keep their content until they expire.
        users: where the user becomes known to others.
        roles: where the content of tokens is decided.
    """
    roles.grant(username, role)
    users.upsert_user(user, role, line(name)[:NAME_LIMIT].strip())
