"""Who gets links to media, and what happens to media in the archive."""

import pytest
from msgspec.structs import replace

from parley.chat.model import PROFILE
from parley.chat.people import visibility
from parley.core import errors
from parley.delivery.model import PushDevice
from parley.media.model import Media
from tests.unit.chat.world import DM, World
from tests.unit.media.studio import Studio, unknown


@pytest.fixture
def carol(world: World):
    world.stored.upsert_user("carol", "provider", "Carol")
    return world.session("carol", "provider", "phone")


def test_both_members_get_a_link_that_ends_and_nobody_else(studio: Studio, world: World, carol):
    media = studio.photo(world.alice, DM)
    for member in (world.alice, world.bob):
        shown = studio.show(member, media)
        assert shown.url == f"https://media.example/{media.key}?until={shown.expires}"
        assert shown.thumbnail.startswith(f"https://media.example/{media.thumbnail_key}?")
        assert shown.expires == world.now + 300_000
    with pytest.raises(errors.NotFound):
        studio.show(carol, media)


def test_what_is_not_ready_only_its_owner_learns_of_and_has_no_link(studio: Studio, world: World):
    media, _ = studio.begin(world.alice)
    assert (studio.show(world.alice, media).url, studio.show(world.alice, media).media.state) == ("", "pending")
    with pytest.raises(errors.NotFound):
        studio.show(world.bob, media)
    studio.put(media, b"wrong")
    assert studio.show(world.alice, media).media.reason
    with pytest.raises(errors.NotFound):
        studio.show(world.bob, media)


def test_what_is_not_there_is_not_found(studio: Studio, world: World):
    media = studio.upload(world.alice)
    studio.registry.claim(media)
    with pytest.raises(errors.NotFound):
        studio.show(world.alice, media)
    with pytest.raises(errors.NotFound):
        studio.show(world.alice, type("", (), {"id": unknown()}))


def test_a_profiles_photo_is_for_who_may_see_the_profile(studio: Studio, world: World, carol):
    providers, consumers = studio.photo(world.bob), studio.photo(world.alice)
    assert providers.scope == PROFILE
    assert studio.show(world.alice, providers).url
    with pytest.raises(errors.NotFound):
        studio.show(carol, consumers)
    world.send(world.alice, "m1", 0, to="carol")
    assert studio.show(carol, consumers).url
    world.directory.block("alice", "carol")
    with pytest.raises(errors.NotFound):
        studio.show(carol, consumers)
    assert visibility  # the rule is that of profiles


def test_what_is_archived_is_asked_back_and_who_asked_is_told_once(studio: Studio, world: World):
    world.connect(world.alice, world.bob)
    media = studio.photo(world.alice, DM)
    studio.archive(media)
    for _ in range(2):
        shown = studio.show(world.bob, media)
        assert (shown.media.state, shown.url) == ("restoring", "")
        assert shown.thumbnail, "thumbnails stay"
    studio.bring_back(media)
    studio.bring_back(media)  # the event may come again
    assert [(f["media"], f["state"]) for f in world.heard(world.bob, "media")] == [(media.id, "ready")]
    assert [f["state"] for f in world.heard(world.alice, "media")] == ["ready"], "of the upload, and not of this"
    assert studio.show(world.bob, media).url


def test_who_asked_and_has_gone_is_told_by_push(studio: Studio, world: World):
    device = PushDevice(id="phone", platform="fcm", endpoint="e1")
    world.stored.users["bob"] = replace(world.stored.users["bob"], devices=(device,))
    media = studio.upload(world.alice)
    studio.archive(media)
    studio.show(world.bob, media)
    studio.bring_back(media)
    (pushed,) = world.push.sent["e1"]
    assert (pushed.media, pushed.conversation) == (media.id, DM)


def test_a_restored_copy_goes_away_again(studio: Studio, world: World):
    media = studio.upload(world.alice)
    studio.archive(media)
    studio.show(world.bob, media)
    studio.bring_back(media)
    studio.archive(media)
    assert studio.show(world.bob, media).media.state == "restoring"


def test_a_lost_announcement_is_made_good_by_who_asks_next(studio: Studio, world: World):
    media = studio.upload(world.alice)
    studio.archive(media)
    studio.show(world.bob, media)
    studio.objects.archive.clear()  # it is back, but no event said so
    assert studio.show(world.bob, media).url


def waiting(studio: Studio, world: World) -> Media:
    """Media in the archive, for which Bob has asked, who has a phone."""
    device = PushDevice(id="phone", platform="fcm", endpoint="e1")
    world.stored.users["bob"] = replace(world.stored.users["bob"], devices=(device,))
    media = studio.upload(world.alice)
    studio.archive(media)
    studio.show(world.bob, media)
    return media


def test_who_asks_before_the_announcement_does_not_take_it_from_those_who_wait(studio: Studio, world: World):
    media = waiting(studio, world)
    studio.objects.archive.clear()
    assert studio.show(world.alice, media).url
    studio.bring_back(media)  # the event comes late
    assert [n.media for n in world.push.sent["e1"]] == [media.id]


def test_who_finds_it_back_themselves_needs_no_push(studio: Studio, world: World):
    media = waiting(studio, world)
    studio.objects.archive.clear()
    assert studio.show(world.bob, media).url
    assert world.push.sent.get("e1", []) == []


@pytest.mark.parametrize("then", ["the event again", "somebody looks"])
def test_an_announcement_that_fails_is_made_by_whoever_comes_next(studio: Studio, world: World, then: str):
    media = waiting(studio, world)
    announcing = studio.world.stored.recipients
    world.stored.recipients = fail
    with pytest.raises(errors.Unavailable):
        studio.bring_back(media)
    world.stored.recipients = announcing
    if then == "the event again":
        studio.bring_back(media)
    else:
        assert studio.show(world.alice, media).url
    assert [n.media for n in world.push.sent["e1"]] == [media.id]
    studio.bring_back(media)
    assert len(world.push.sent["e1"]) == 1


def fail(*_: object, **__: object) -> None:
    raise errors.Unavailable("the service is busy")


def test_what_is_archived_may_still_be_sent(studio: Studio, world: World):
    media = studio.upload(world.alice)
    world.send(world.alice, "m1", 0, media=(media.id,))
    studio.archive(media)
    assert world.send(world.alice, "m2", 1, media=(media.id,)).entry.seq == 2
