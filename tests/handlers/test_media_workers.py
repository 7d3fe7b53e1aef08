"""The background functions for media, on genuine events."""

import io
import json
from typing import Any

import pytest

from parley.core import errors
from parley.media.model import GRACE_DAYS, Media
from parley.runtime import bootstrap, dependencies
from parley.runtime.telemetry import Telemetry
from tests.handlers import events
from tests.unit.chat.world import DM, World
from tests.unit.media.studio import DAY, PDF, Studio
from workers import media_collection, uploads

ENVIRONMENT = {
    "DIRECTORY_TABLE": "Directory",
    "CONNECTIONS_URL": "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live",
    "MEDIA_BUCKET": "parley-media",
}


@pytest.fixture
def studio(world: World) -> Studio:
    world.now = 1_795_417_200_000
    return Studio(world)


@pytest.fixture
def deps(studio: Studio, telemetry: Telemetry) -> dependencies.Uploads:
    return dependencies.Uploads(bucket="parley-media", ports=studio.verifying, telemetry=telemetry)


def begun(studio: Studio, data: bytes = PDF) -> Media:
    media, _ = studio.begin(studio.world.alice, data)
    studio.objects.objects[media.key] = data
    return media


def metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("name", ["ObjectCreated:Post", "ObjectCreated:Put", "ObjectCreated:CompleteMultipartUpload"])
def test_an_upload_is_verified_and_counted(studio: Studio, deps: dependencies.Uploads, name: str, capsys):
    media = begun(studio)
    uploads.consume(events.bucket(name, media.key), deps, studio.world.now)
    assert studio.known(media).state == "ready"
    (line,) = metrics(capsys)
    assert (line["MediaReady"], line["key"]) == (1, media.key)


def test_an_upload_through_the_archive_and_back(studio: Studio, deps: dependencies.Uploads, world: World):
    media = begun(studio)
    world.connect(world.bob)
    uploads.consume(events.bucket("ObjectCreated:Post", media.key), deps, world.now)
    studio.objects.archive.add(media.key)
    uploads.consume(events.archived(media.key), deps, world.now)
    assert studio.show(world.bob, media).media.state == "restoring"
    uploads.consume(events.restored(media.key), deps, world.now)
    assert [f["state"] for f in world.heard(world.bob, "media")] == ["ready"]
    uploads.consume(events.bucket("ObjectRestore:Delete", media.key), deps, world.now)
    assert studio.known(media).state == "archived"


def test_events_that_mean_nothing_here_change_nothing(studio: Studio, deps: dependencies.Uploads):
    media = begun(studio)
    uploads.consume(events.BUCKET_TEST, deps, studio.world.now)
    uploads.consume(events.bucket("ObjectTagging:Put", media.key), deps, studio.world.now)
    assert studio.known(media).state == "pending"


def test_keys_come_encoded(studio: Studio, deps: dependencies.Uploads):
    studio.objects.objects["files/a b&c"] = PDF
    uploads.consume(events.bucket("ObjectCreated:Post", "files/a b&c"), deps, studio.world.now)
    assert studio.objects.objects == {}, "nobody was allowed it"


def test_what_fails_comes_again_and_does_not_hold_up_the_others(
    studio: Studio, deps: dependencies.Uploads, logged: io.StringIO
):
    first, second = begun(studio), begun(studio)
    stored = studio.objects.stored

    def failing(key: str) -> Any:
        if key == first.key:
            raise errors.Unavailable("the service is busy")
        return stored(key)

    studio.objects.stored = failing
    both = [*events.bucket("ObjectCreated:Post", first.key)["Records"]]
    both += events.bucket("ObjectCreated:Post", second.key)["Records"]
    with pytest.raises(errors.Unavailable):
        uploads.consume({"Records": both}, deps, studio.world.now)
    assert [studio.known(m).state for m in (first, second)] == ["pending", "ready"]
    assert "unavailable" in logged.getvalue()


def test_neither_does_what_nobody_foresaw_whose_own_words_are_in_no_log(
    studio: Studio, deps: dependencies.Uploads, logged: io.StringIO
):
    first, second = begun(studio), begun(studio)
    stored, words = studio.objects.stored, "what alice wrote"

    def failing(key: str) -> Any:
        if key == first.key:
            raise RuntimeError(words)
        return stored(key)

    studio.objects.stored = failing
    both = [r for m in (first, second) for r in events.bucket("ObjectCreated:Post", m.key)["Records"]]
    with pytest.raises(errors.Unavailable):
        uploads.consume({"Records": both}, deps, studio.world.now)
    assert studio.known(second).state == "ready"
    assert "RuntimeError" in logged.getvalue()
    assert words not in logged.getvalue()


def test_what_is_posted_again_is_counted(studio: Studio, deps: dependencies.Uploads, capsys):
    media = begun(studio)
    for _ in range(3):
        uploads.consume(events.bucket("ObjectCreated:Post", media.key), deps, studio.world.now)
    first, *again = metrics(capsys)
    assert first["MediaReady"] == 1
    assert [line["MediaRepeats"] for line in again] == [1, 1]


@pytest.mark.parametrize("name", ["ObjectCreated:Post", "IntelligentTiering", "ObjectRestore:Completed"])
def test_an_event_of_another_bucket_is_not_ours(
    studio: Studio, deps: dependencies.Uploads, name: str, logged: io.StringIO
):
    media = begun(studio)
    event = events.bucket(name, media.key)
    event["Records"][0]["s3"]["bucket"]["name"] = "somebody-elses"
    uploads.consume(event, deps, studio.world.now)
    assert studio.known(media).state == "pending"
    assert "forbidden" in logged.getvalue()


def test_the_collector_counts_what_it_did(studio: Studio, telemetry: Telemetry, capsys):
    studio.upload(studio.world.alice, scope=DM)
    deps = dependencies.Collector(ports=studio.collecting, telemetry=telemetry)
    later = studio.world.now + (GRACE_DAYS + 1) * DAY
    media_collection.run(deps, later)
    media_collection.run(deps, later)
    (line,) = metrics(capsys)
    assert line["MediaCollected"] == 1


def test_a_collector_that_could_not_do_all_is_run_again_and_says_why(
    studio: Studio, telemetry: Telemetry, logged: io.StringIO
):
    studio.upload(studio.world.alice)

    def fail(*_: object) -> None:
        raise errors.Unavailable("the service is busy")

    studio.objects.remove = fail
    deps = dependencies.Collector(ports=studio.collecting, telemetry=telemetry)
    with pytest.raises(errors.Unavailable):
        media_collection.run(deps, studio.world.now + (GRACE_DAYS + 1) * DAY)
    assert "Unavailable" in logged.getvalue()


@pytest.mark.parametrize("name", ["uploads", "image_uploads", "media_collection"])
def test_every_function_has_its_handler(name: str, monkeypatch: pytest.MonkeyPatch):
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    module = __import__(f"workers.{name}", fromlist=[name])
    assert callable(module.handler)
    with pytest.raises(AttributeError):
        _ = module.something_else


def test_only_the_images_function_reads_images():
    assert bootstrap.uploads(ENVIRONMENT).ports.images is None
    assert bootstrap.image_uploads(ENVIRONMENT).ports.images is not None
