"""What is removed, and what never is."""

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from parley.core import errors
from parley.media import collection
from parley.media.model import DAILY_FILES, GRACE_DAYS
from tests.unit.chat.world import DM, World
from tests.unit.media.studio import DAY, Studio


def test_what_was_never_finished_or_never_sent_goes_after_the_grace(studio: Studio, world: World):
    unfinished, _ = studio.begin(world.alice)
    unsent = studio.photo(world.alice, DM)
    world.now += GRACE_DAYS * DAY
    assert studio.collect().removed == 0
    world.now += DAY
    assert (studio.collect().removed, studio.collect().removed) == (2, 0)
    assert studio.objects.objects == {}
    assert studio.registry.media(unfinished.id) is studio.registry.media(unsent.id) is None
    assert studio.registry.owned("alice", "", 5) == ([], False)


def test_what_an_entry_refers_to_stays(studio: Studio, world: World):
    media = studio.upload(world.alice)
    world.send(world.alice, "m1", 0, media=(media.id,))
    world.now += 5_000
    world.notify(world.entries.entries[DM])
    world.now += 400 * DAY
    assert studio.collect().removed == 0
    assert studio.show(world.bob, media).url


def test_what_is_let_go_has_the_grace_once_more(studio: Studio, world: World):
    media = studio.photo(world.alice)
    world.directory.add_reference(media.id)
    world.now += 100 * DAY
    world.directory.release_reference(media.id, world.now)
    assert studio.collect().removed == 0
    world.now += (GRACE_DAYS + 1) * DAY
    assert studio.collect().removed == 1


def test_nothing_can_be_sent_in_the_time_in_which_it_may_be_collected(studio: Studio, world: World):
    media = studio.upload(world.alice)
    world.now += GRACE_DAYS * DAY - 24 * 3600 * 1000
    with pytest.raises(errors.NotFound):
        world.send(world.alice, "m1", 0, media=(media.id,))


def test_what_fails_is_tried_by_the_next_run_and_does_not_hold_up_the_rest(studio: Studio, world: World):
    first, second = studio.upload(world.alice), studio.upload(world.bob)
    world.now += (GRACE_DAYS + 1) * DAY
    remove = studio.objects.remove

    def failing(*keys: str) -> None:
        if first.key in keys:
            raise errors.Unavailable("the service is busy")
        remove(*keys)

    studio.objects.remove = failing
    collected = studio.collect()
    assert (collected.removed, collected.failed) == (1, 1)
    assert studio.registry.media(second.id) is None
    with pytest.raises(errors.NotFound):
        world.send(world.alice, "m1", 0, media=(first.id,))
    studio.objects.remove = remove
    assert studio.collect().removed == 1
    assert studio.objects.objects == {}


def test_a_collector_that_did_not_run_for_weeks_catches_up(studio: Studio, world: World):
    studio.upload(world.alice)
    world.now += 300 * DAY
    assert studio.collect().removed == 1


def test_a_failure_that_nobody_foresaw_does_not_hold_up_the_rest_either(studio: Studio, world: World):
    first, second = studio.upload(world.alice), studio.upload(world.bob)
    world.now += (GRACE_DAYS + 1) * DAY
    remove = studio.objects.remove

    def failing(*keys: str) -> None:
        if first.key in keys:
            raise ClientError({"Error": {"Code": "MalformedXML"}}, "DeleteObject")
        remove(*keys)

    studio.objects.remove = failing
    collected = studio.collect()
    assert (collected.removed, collected.failed) == (1, 1)
    assert [type(e) for e in collected.errors] == [ClientError]
    assert studio.registry.media(second.id) is None


def test_a_photo_that_its_owner_shows_is_never_collected(studio: Studio, world: World):
    shown, other = studio.photo(world.alice), studio.photo(world.bob)
    world.stored.users["alice"] = replace(world.stored.users["alice"], photo=shown.id)
    world.now += (GRACE_DAYS + 1) * DAY
    assert studio.collect().removed == 1
    assert studio.registry.media(other.id) is None
    assert studio.show(world.alice, shown).url
    world.directory.release_reference(shown.id, world.now)
    world.stored.users["alice"] = replace(world.stored.users["alice"], photo="")
    world.now += (GRACE_DAYS + 1) * DAY
    assert studio.collect().removed == 1


def test_all_of_a_user_is_erased_bit_by_bit_referred_to_or_not(
    studio: Studio, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(collection, "_PAGE", 1)
    sent, unsent, others = studio.upload(world.alice), studio.photo(world.alice), studio.upload(world.bob)
    world.directory.add_reference(sent.id)
    assert [collection.erase("alice", studio.collecting) for _ in range(3)] == [1, 1, 0]
    assert list(studio.objects.objects) == [others.key]
    assert studio.registry.media(unsent.id) is None


def test_a_day_has_an_end(studio: Studio, world: World):
    for _ in range(DAILY_FILES):
        studio.begin(world.alice)
    with pytest.raises(errors.RateLimited) as refused:
        studio.begin(world.alice)
    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after <= DAY / 1000
    studio.begin(world.bob)
    world.now += DAY
    studio.begin(world.alice)
