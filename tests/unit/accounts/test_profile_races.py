"""A change of a profile that loses a race, and a provider who is one no more."""

from typing import Any

import pytest
from msgspec.structs import replace

from parley.accounts import profiles
from parley.accounts.memory import MemoryProfiles
from parley.accounts.model import Profile
from parley.core.errors import Stale, Unavailable
from parley.core.writes import Occupied, Stored
from tests.unit.chat.world import World


@pytest.fixture
def ports(world: World) -> profiles.Ports:
    return profiles.Ports(
        profiles=MemoryProfiles(world.stored),
        snapshots=world.directory,
        memberships=world.directory,
        media_references=world.directory,
        connections=world.directory,
        sockets=world.sockets,
    )


def racing(ports: profiles.Ports, rival: Profile) -> None:
    """Before the next store, this one is stored."""
    original = ports.profiles.store

    def store(profile: Profile) -> Stored | Occupied[Profile]:
        ports.profiles.store = original
        original(rival)
        return original(profile)

    ports.profiles.store = store


def change(world: World, ports: profiles.Ports, expected: int | None, **changes: str) -> Profile:
    return profiles.change(world.alice, changes, expected, world.now, ports)[0]


def test_a_change_that_is_based_on_a_version_is_refused_where_another_comes_first(world: World, ports: Any):
    first = change(world, ports, None, about="me")
    racing(ports, replace(first, version=2, about="the other device"))
    with pytest.raises(Stale):
        change(world, ports, 1, about="mine")
    assert profiles.own(world.alice, ports.profiles).about == "the other device"


def test_a_change_that_is_based_on_none_is_made_on_top_of_the_other(world: World, ports: Any):
    first = change(world, ports, None, about="me")
    racing(ports, replace(first, version=2, locale="fr"))
    changed = change(world, ports, None, about="mine")
    assert (changed.version, changed.about, changed.locale) == (3, "mine", "fr")


def test_a_profile_that_is_changed_without_end_is_given_up(world: World, ports: Any):
    first = change(world, ports, None, about="me")
    ports.profiles.store = lambda _: Occupied(first)
    with pytest.raises(Unavailable):
        change(world, ports, None, about="mine")


def test_who_is_a_provider_no_more_is_listed_no_more(world: World, ports: Any):
    world.stored.upsert_user("ben", "provider", "Ben")
    for user in ("bob", "ben"):
        ports.profiles.store(Profile(user, "provider", 1, name=user, category="law", business=user))
    assert [p.user for p in profiles.listed(world.alice, "law", "", ports)[0]] == ["ben", "bob"]
    real = ports.profiles.listed
    lagging = real("law", ("", ""), 9)  # the index holds the role that it was told
    world.stored.upsert_user("ben", "consumer", "")
    ports.profiles.listed = lambda *_: lagging
    assert [p.user for p in profiles.listed(world.alice, "law", "", ports)[0]] == ["bob"]
