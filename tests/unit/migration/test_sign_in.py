"""Who is let in, and that a stranger costs as much work as a user."""

import bcrypt
import pytest

from parley.core.errors import Unauthorized
from parley.migration import passwords, sign_in
from parley.migration.memory import MemoryLegacyUsers
from parley.migration.model import LegacyUser

HASH = bcrypt.hashpw(b"Secret-1", bcrypt.gensalt(4)).decode()
ANN = LegacyUser(id="7", email="Ann@example.com", name="Ann", role="provider", password=HASH)
USERS = MemoryLegacyUsers([ANN])


def test_who_knows_the_password_is_let_in_however_the_address_is_written():
    assert sign_in.check("ann@EXAMPLE.com", "Secret-1", USERS) == ANN


@pytest.mark.parametrize(("email", "password"), [("ann@example.com", "secret-1"), ("bob@example.com", "Secret-1")])
def test_nothing_says_whether_it_was_the_address_or_the_password(email: str, password: str):
    with pytest.raises(Unauthorized) as refused:
        sign_in.check(email, password, USERS)
    assert str(refused.value) == "no such user, or another password"


def test_a_stranger_costs_one_check_of_a_password_as_a_user_does(monkeypatch: pytest.MonkeyPatch):
    checked: list[str] = []

    def matches(_: str, stored: str) -> bool:
        checked.append(stored)
        return True  # even so, a stranger is not let in

    monkeypatch.setattr(passwords, "matches", matches)
    with pytest.raises(Unauthorized):
        sign_in.check("bob@example.com", "x", USERS)
    sign_in.check("ann@example.com", "x", USERS)
    assert checked == [passwords.DECOY, HASH]


def test_who_has_forgotten_the_password_is_found_by_the_address():
    assert sign_in.find("ann@example.com", USERS) == ANN
    with pytest.raises(Unauthorized):
        sign_in.find("bob@example.com", USERS)


def test_an_address_that_two_have_is_nobodys():
    with pytest.raises(Unauthorized):
        sign_in.find("ann@example.com", MemoryLegacyUsers([ANN, ANN]))


def test_a_user_in_a_traceback_shows_neither_hash_nor_address():
    assert repr(ANN) == "LegacyUser(id='7')"
