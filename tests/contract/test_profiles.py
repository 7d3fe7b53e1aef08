"""``parley.accounts.ports.Profiles``, on every adapter."""

import pytest
from msgspec.structs import replace

from parley.accounts.model import Profile
from parley.core.errors import NotFound
from parley.core.writes import STORED, Occupied
from tests.contract.conftest import Storage

BEN = Profile(user="ben", role="provider", version=1, name="Ben", photo="m1", category="law", business="Écrit & Co")


def test_a_user_who_has_told_nothing_has_a_profile_of_their_name(storage: Storage):
    storage.directory.upsert_user("ben", "provider", "Ben")
    assert storage.profiles.profile("ben") == Profile(user="ben", role="provider", name="Ben")
    assert storage.profiles.profile("nobody") is None


def test_a_profile_is_stored_on_top_of_the_version_before_it_and_of_no_other(storage: Storage):
    storage.directory.upsert_user("ben", "provider", "Ben")
    assert storage.profiles.store(BEN) == STORED
    assert storage.profiles.store(BEN) == Occupied(BEN)
    later = replace(BEN, version=2, about="Contracts", category="")
    assert storage.profiles.store(later) == STORED
    assert storage.profiles.store(replace(BEN, version=9)) == Occupied(later)
    assert storage.profiles.profile("ben") == later


def test_name_and_photo_are_known_where_the_user_is_reached(storage: Storage):
    storage.directory.upsert_user("ben", "provider", "Benjamin")
    storage.profiles.store(BEN)
    recipient = storage.directory.find(recipients=["ben"], strong=True).recipients["ben"]
    assert (recipient.name, recipient.photo) == ("Ben", "m1")


def test_nobody_has_no_profile_to_store(storage: Storage):
    with pytest.raises(NotFound):
        storage.profiles.store(BEN)
    assert storage.directory.find(recipients=["ben"], strong=True).recipients == {}
    assert storage.profiles.listed("law", ("", ""), 5) == ([], False)


def test_the_role_is_the_operators(storage: Storage):
    storage.directory.upsert_user("ben", "provider", "Ben")
    storage.profiles.store(BEN)
    storage.directory.upsert_user("ben", "consumer", "Somebody else")
    stored = storage.profiles.profile("ben")
    assert stored == replace(BEN, role="consumer")


def test_providers_are_listed_by_category_in_the_order_of_their_business_names(storage: Storage):
    for user, business, category in (
        ("u1", "zeta", "law"),
        ("u2", "Alpha", "law"),
        ("u3", "alpha", "law"),
        ("u4", "b", "tax"),
    ):
        storage.directory.upsert_user(user, "provider", user)
        storage.profiles.store(Profile(user, "provider", 1, name=user, business=business, category=category))
    first, more = storage.profiles.listed("law", ("", ""), 2)
    assert ([p.user for p in first], more) == (["u2", "u3"], True)
    rest, _ = storage.profiles.listed("law", first[-1].place, 2)
    assert [p.user for p in rest] == ["u1"]
    assert storage.profiles.listed("nothing", ("", ""), 2) == ([], False)
