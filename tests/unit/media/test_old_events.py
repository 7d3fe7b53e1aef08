"""Events of the store that come late: what they tell has been overtaken."""

import pytest

from parley.media import archive
from parley.media.model import Media
from tests.unit.chat.world import DM, World
from tests.unit.media.studio import Studio


@pytest.fixture
def photo(studio: Studio, world: World) -> Media:
    return studio.photo(world.alice, DM)


@pytest.mark.parametrize("restoring", [False, True])
def test_an_old_upload_is_not_verified_again_while_it_cannot_be_read(
    studio: Studio, world: World, photo: Media, *, restoring: bool
):
    studio.archive(photo)
    if restoring:
        studio.show(world.bob, photo)
    before, objects = studio.known(photo), dict(studio.objects.objects)
    studio.objects.stored = lambda _: pytest.fail("it is in the archive")
    assert studio.verify(photo) is None
    assert (studio.known(photo), studio.objects.objects) == (before, objects)
    assert before.state == ("restoring" if restoring else "archived")


def test_what_is_archived_while_it_is_being_restored_is_archived_and_who_waits_waits_on(
    studio: Studio, world: World, photo: Media
):
    world.connect(world.bob)
    studio.archive(photo)
    studio.show(world.bob, photo)
    away = archive.archived(photo.key, world.now, studio.archiving)
    assert away is not None
    assert away.state == "archived"
    assert archive.archived(photo.key, world.now, studio.archiving) is None, "the event may come again"
    studio.bring_back(photo)
    assert [f["state"] for f in world.heard(world.bob, "media")] == ["ready"]


@pytest.mark.parametrize("state", ["pending", "refused"])
def test_what_was_never_ready_is_neither_archived_nor_back(studio: Studio, world: World, state: str):
    media, _ = studio.begin(world.alice)
    if state == "refused":
        studio.put(media, b"something else")
    assert archive.archived(media.key, world.now, studio.archiving) is None
    assert archive.restored(media.key, world.now, studio.archiving) is None
    assert studio.known(media).state == state
