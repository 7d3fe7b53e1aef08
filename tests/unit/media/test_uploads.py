"""Who may upload what, and whether the upload is what was declared."""

from hashlib import sha256

import pytest

from parley.chat.model import PROFILE
from parley.core import errors
from parley.media import model, uploads
from parley.media.model import Picture
from tests.unit.chat.world import DM, World
from tests.unit.media.studio import PDF, Studio, image


def test_a_member_may_upload_what_they_said_and_hears_that_it_is_ready(studio: Studio, world: World):
    world.connect(world.alice, world.bob)
    media, form = studio.begin(world.alice)
    assert (media.state, form.fields["key"]) == ("pending", media.key)
    assert studio.put(media, PDF).state == "ready"
    assert world.heard(world.alice, "media") == [{"type": "media", "media": media.id, "state": "ready", "reason": ""}]
    assert world.heard(world.bob, "media") == []


def test_an_image_gets_dimensions_and_a_thumbnail(studio: Studio, world: World):
    photo = studio.photo(world.alice)
    assert (photo.state, photo.thumbnail, photo.height) == ("ready", True, 1)
    assert photo.thumbnail_key in studio.objects.objects


@pytest.mark.parametrize(
    ("type", "said", "came", "reason"),
    [
        ("application/pdf", PDF, PDF + b"x", "bytes"),
        ("application/pdf", PDF, PDF[:-1] + b"x", "SHA-256"),
        ("application/pdf", b"<script>alert(1)</script>", None, "not the bytes of application/pdf"),
        ("image/png", image("JPEG"), None, "not the bytes of image/png"),
        ("video/mp4", b"", None, "not the bytes of video/mp4"),
    ],
)
def test_what_is_not_as_it_was_said_is_removed_and_refused(
    studio: Studio, world: World, type: str, said: bytes, came: bytes | None, reason: str
):
    world.connect(world.alice)
    media, _ = studio.begin(world.alice, said, type)
    refused = studio.put(media, said if came is None else came)
    assert refused.state == "refused"
    assert reason in refused.reason
    assert studio.objects.objects == {}
    assert [f["state"] for f in world.heard(world.alice, "media")] == ["refused"]
    with pytest.raises(errors.NotFound):
        world.send(world.alice, "m1", 0, media=(media.id,))


def test_what_is_refused_stays_refused(studio: Studio, world: World):
    media, _ = studio.begin(world.alice)
    studio.put(media, b"wrong")
    studio.put(media, PDF)
    assert (studio.known(media).state, studio.objects.objects) == ("refused", {})


def test_an_event_that_comes_again_changes_nothing_and_another_file_in_its_place_is_refused(
    studio: Studio, world: World
):
    media = studio.upload(world.alice)
    assert studio.verify(media) is None
    assert studio.put(media, b"%PDF-1.7 another").state == "refused"


def test_what_is_uploaded_again_is_not_read_again(studio: Studio, world: World):
    photo = studio.photo(world.alice, DM)
    studio.objects.beginning = studio.objects.read = fail
    for _ in range(20):
        assert studio.verify(photo) is None
    assert studio.known(photo).state == "ready"


def test_what_is_not_as_it_was_said_is_refused_unread(studio: Studio, world: World):
    media, _ = studio.begin(world.alice)
    studio.objects.beginning = studio.objects.read = fail
    assert studio.put(media, PDF[:-1] + b"x").state == "refused"


def test_an_object_that_nobody_was_allowed_is_removed(studio: Studio, world: World):
    media, _ = studio.begin(world.alice)
    for key in ("files/01JDA0000000000000000000AA", f"images/{media.id}", "files/../../etc/passwd", "elsewhere"):
        studio.objects.objects[key] = PDF
        assert uploaded(studio, key) is None
        assert key not in studio.objects.objects


def uploaded(studio: Studio, key: str) -> object:
    from parley.media import verification

    return verification.verify(key, studio.world.now, studio.verifying)


def test_a_storm_in_the_middle_of_a_refusal_leaves_nothing_behind(studio: Studio, world: World):
    media, _ = studio.begin(world.alice)
    remove, studio.objects.remove = studio.objects.remove, fail
    with pytest.raises(errors.Unavailable):
        studio.put(media, b"wrong")
    studio.objects.remove = remove
    studio.verify(media)  # as Lambda tries the event again
    assert (studio.known(media).state, studio.objects.objects) == ("refused", {})


def fail(*_: object) -> None:
    raise errors.Unavailable("the service is busy")


@pytest.mark.parametrize(
    ("scope", "refusal"),
    [
        ("dm:bob:carol", errors.Forbidden),
        ("dm:alice:nobody", errors.NotFound),
        ("dm:alice:carol", errors.Forbidden),
        ("dm:alice:../bob", errors.NotFound),
        ("elsewhere", errors.NotFound),
    ],
)
def test_an_upload_is_for_a_conversation_that_one_may_write_in(
    studio: Studio, world: World, scope: str, refusal: type[Exception]
):
    world.stored.upsert_user("carol", "consumer", "Carol")
    with pytest.raises(refusal):
        studio.begin(world.alice, scope=scope)
    assert studio.registry.owned("alice", "", 5) == ([], False)


@pytest.mark.parametrize("block", [("bob", "alice"), ("alice", "bob")])
def test_where_one_blocks_the_other_nothing_is_uploaded(studio: Studio, world: World, block: tuple[str, str]):
    world.directory.block(*block)
    with pytest.raises(errors.Blocked):
        studio.begin(world.alice)


@pytest.mark.parametrize("scope", [DM, PROFILE])
def test_who_is_not_there_uploads_nothing_whatever_their_token_says(studio: Studio, world: World, scope: str):
    del world.stored.users["alice"]
    with pytest.raises(errors.NotFound):
        studio.begin(world.alice, image(), "image/png", scope)
    assert studio.registry.owned("alice", "", 5) == ([], False)


def test_a_profiles_photo_is_an_image(studio: Studio, world: World):
    with pytest.raises(errors.BadRequest):
        studio.begin(world.alice, scope=PROFILE)


@pytest.mark.parametrize("type", model.types())
def test_no_file_is_larger_than_its_type_may_be(studio: Studio, world: World, type: model.Type):
    wanted = uploads.Wanted(type=type, size=model.largest(type) + 1, sha256=sha256(PDF).hexdigest(), scope=DM)
    with pytest.raises(errors.TooLarge):
        uploads.begin(wanted, world.alice, world.now, 1, studio.uploading, uploads.Rules())
    five_gb = uploads.Wanted(type=type, size=5 * 2**30, sha256=sha256(PDF).hexdigest(), scope=DM)
    with pytest.raises(errors.TooLarge):
        uploads.begin(five_gb, world.alice, world.now, 1, studio.uploading, uploads.Rules())


def test_no_key_leads_out_of_its_folder():
    assert model.id_of("images/01JDA0000000000000000000AA") == "01JDA0000000000000000000AA"
    for key in (
        "images/../files/01JDA0000000000000000000AA",
        "thumbnails/01JDA0000000000000000000AA.webp",
        "images/x\n",
    ):
        assert model.id_of(key) is None


def test_an_image_that_cannot_be_decoded_is_refused_with_the_reason_and_its_owner_told(world: World):
    class Broken:
        def picture(self, data: bytes) -> Picture:
            raise errors.BadRequest("the image is broken")

    studio = Studio(world, Broken())
    world.connect(world.alice)
    media = studio.upload(world.alice, image(), "image/png")
    assert (media.state, media.reason, studio.objects.objects) == ("refused", "the image is broken", {})
    [told] = world.heard(world.alice, "media")
    assert (told["state"], told["reason"]) == ("refused", "the image is broken")
