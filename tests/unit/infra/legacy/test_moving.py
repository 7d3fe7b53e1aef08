"""Profiles: what is stored of them, and for whom."""

import pytest

from infra.legacy import moving
from infra.legacy.moving import ProfileCounts
from parley.accounts.memory import MemoryProfiles
from parley.accounts.model import Profile
from tests.unit.chat.world import World

USERS = {"7": "alice", "8": "bob", "9": "nobody-yet"}


def row(id: str, **fields: str | None) -> dict[str, str | None]:
    return {"id": id, "about": None, "locale": None, "category": None, "business": None, **fields}


def test_profiles_of_those_who_have_moved_are_stored_once(world: World):
    profiles = MemoryProfiles(world.stored)
    rows = [
        row("7", about="I am Alice", locale="de_DE", category="Plumber", business="None of hers"),
        row("8", about="x" * 2_000, locale="?", category="Heating & Plumbing ", business="Bob\n Ltd" + "x" * 100),
        row("9"),
        row("10"),
    ]
    assert moving.bring_profiles(rows, USERS, profiles, lambda _: None) == ProfileCounts(stored=2, waiting=2)
    assert profiles.profile("alice") == Profile("alice", "consumer", 1, "Alice", "I am Alice", locale="de-DE")
    bob = profiles.profile("bob")
    assert bob is not None
    assert (len(bob.about), bob.locale, bob.category, bob.business[:7]) == (1_000, "", "heating-plumbing", "Bob Ltd")
    assert len(bob.business) == 80
    assert moving.bring_profiles(rows, USERS, profiles, lambda _: None) == ProfileCounts(kept=2, waiting=2)


def test_who_has_written_a_profile_here_keeps_it(world: World):
    profiles = MemoryProfiles(world.stored)
    own = Profile("alice", "consumer", 1, "Alice", "new")
    profiles.store(own)
    assert moving.bring_profiles([row("7", about="old")], USERS, profiles, lambda _: None).kept == 1
    assert profiles.profile("alice") == own


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("de", "de"),
        ("de_AT", "de-AT"),
        ("", ""),
        ("1", ""),
        ("german language", ""),
        ("a-b-c-d-e-f", ""),
        ("zh-Hant", "zh-Hant"),
    ],
)
def test_a_locale_is_a_language_tag_or_nothing(given: str, kept: str):
    assert moving._locale(given) == kept
