"""Grant a role: it is given by the operator or by signing up, and never chosen by the user."""

import unicodedata

from parley.accounts.ports import Roles
from parley.core.session import Role
from parley.delivery.ports import Users

NAME_LIMIT = 64
"""Characters of a user's name."""

_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # controls, bidirectional overrides, line separators
_JOINERS = frozenset("\u200c\u200d")  # of letters and emoji


def grant(user: str, username: str, name: str, role: Role, users: Users, roles: Roles) -> None:
    """Make a user exist with this role, for others and in their own tokens. Repeating it is harmless.

    Args:
        user: the user id, which is the token's ``sub``.
        username: what the identity provider calls the same user.
        name: how others see them; may be empty. The identity provider takes whatever is written at sign-up: what could
            break a line or be too long for one is left out.
        role: what they are from now on; tokens issued before keep what they say until they expire.
        users: where the user becomes known to others.
        roles: where the tokens' content is decided.
    """
    roles.grant(username, role)
    users.upsert_user(user, role, _presentable(name))


def _presentable(name: str) -> str:
    kept = (c for c in " ".join(name.split()) if c in _JOINERS or unicodedata.category(c) not in _HARMFUL)
    return "".join(kept)[:NAME_LIMIT].strip()
