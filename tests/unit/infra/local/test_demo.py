"""Whom the demonstration creates, for whoever signs up to find."""

from typing import Any

import pytest

from infra.local import demo
from infra.local.stack import User


class Created:
    """A Parley that keeps whom it was asked to create, and what of their profiles was changed."""

    def __init__(self) -> None:
        self.profiles: dict[str, dict[str, Any]] = {}

    def create_user(self, name: str, role: Any, email: str) -> User:
        self.profiles[email] = {"role": role}
        return User(id=name, email=email, name=name, password="", role=role)

    def change_profile(self, user: User, **fields: str) -> None:
        self.profiles[user.email] |= fields


def test_the_first_provider_is_listed_where_the_documentation_says():
    local: Any = Created()
    demo.create_pair(local)
    assert local.profiles == {
        "ada@example.com": {"role": "consumer"},
        "ben@example.com": {"role": "provider", "category": "law", "business": "Ben's Law Office"},
    }


@pytest.mark.parametrize("word", ["a1b2c3"])
def test_a_later_one_is_not_listed_beside_the_first(word: str):
    local: Any = Created()
    demo.create_pair(local, word)
    assert local.profiles == {
        f"ada-{word}@example.com": {"role": "consumer"},
        f"ben-{word}@example.com": {"role": "provider"},
    }
