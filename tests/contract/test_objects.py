"""``parley.media.ports.Objects``, in memory and on S3 (moto)."""

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from parley.core.errors import NotFound
from parley.media.aws import clients
from parley.media.aws.objects import S3Links, S3Objects
from parley.media.memory import MemoryObjects
from parley.media.model import Media, StoredObject
from parley.media.ports import Objects

DATA = b"%PDF-1.7" + b"x" * 20_000
DIGEST = sha256(DATA).hexdigest()
MEDIA = Media("01JDA0000000000000000000AA", "alice", "dm:alice:bob", "application/pdf", len(DATA), DIGEST, 1)


class Place(NamedTuple):
    objects: Objects
    put: Callable[[str, bytes], object]


@pytest.fixture(params=["memory", "s3", "s3 with checksums"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        made = MemoryObjects()
        yield Place(made, made.objects.__setitem__)
        return
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="media")
        more: dict[str, Any] = {"ChecksumAlgorithm": "SHA256"} if "checksums" in request.param else {}
        yield Place(
            S3Objects(lambda: client, "media"),
            lambda key, data: client.put_object(Bucket="media", Key=key, Body=data, **more),
        )


def test_what_is_stored_is_told_with_its_size_checksum_and_beginning(place: Place):
    place.put(MEDIA.key, DATA)
    assert place.objects.stored(MEDIA.key) == StoredObject(len(DATA), DIGEST)
    assert place.objects.beginning(MEDIA.key) == DATA[:8192]
    assert place.objects.read(MEDIA.key) == DATA


def test_an_empty_object_is_one(place: Place):
    place.put(MEDIA.key, b"")
    assert place.objects.stored(MEDIA.key) == StoredObject(0, sha256(b"").hexdigest())
    assert place.objects.beginning(MEDIA.key) == b""


def test_what_is_not_there_is_told_apart(place: Place):
    assert place.objects.stored(MEDIA.key) is None
    for read in (place.objects.read, place.objects.beginning):
        with pytest.raises(NotFound):
            read(MEDIA.key)


def test_removing_may_be_repeated(place: Place):
    place.put(MEDIA.key, DATA)
    place.objects.put_thumbnail(MEDIA.thumbnail_key, b"webp")
    assert place.objects.read(MEDIA.thumbnail_key) == b"webp"
    for _ in range(2):
        place.objects.remove(MEDIA.key, MEDIA.thumbnail_key)
    assert place.objects.stored(MEDIA.key) is place.objects.stored(MEDIA.thumbnail_key) is None


def test_what_is_not_in_the_archive_is_not_restored(place: Place):
    place.put(MEDIA.key, DATA)
    assert place.objects.restore(MEDIA.key) is False


def test_a_form_pins_key_type_size_and_checksum():
    with mock_aws():
        form = S3Objects(lambda: boto3.client("s3"), "media").form(MEDIA, 900)
    policy = json.loads(b64decode(form.fields["policy"]))
    pinned = {name: value for c in policy["conditions"] if isinstance(c, dict) for name, value in c.items()}
    checksum = b64encode(bytes.fromhex(DIGEST)).decode()
    assert pinned["bucket"] == "media"
    assert pinned["key"] == form.fields["key"] == MEDIA.key
    assert pinned["Content-Type"] == form.fields["Content-Type"] == "application/pdf"
    assert pinned["x-amz-checksum-sha256"] == form.fields["x-amz-checksum-sha256"] == checksum
    assert pinned["x-amz-storage-class"] == form.fields["x-amz-storage-class"] == "INTELLIGENT_TIERING"
    assert ["content-length-range", len(DATA), len(DATA)] in policy["conditions"]
    assert not [c for c in policy["conditions"] if isinstance(c, list) and c[0] == "starts-with"]


class Archive:
    """An S3 with one archived object, as its documentation describes it; moto knows no archive tiers."""

    def __init__(self, **head: Any) -> None:
        self.head = head
        self.requests: list[dict[str, Any]] = []

    def __call__(self) -> Any:
        return self

    def head_object(self, **_: Any) -> dict[str, Any]:
        return self.head

    def restore_object(self, **asked: Any) -> None:
        self.requests.append(asked["RestoreRequest"])


def test_intelligent_tiering_is_asked_without_days_and_glacier_with_them():
    deep = Archive(StorageClass="INTELLIGENT_TIERING", ArchiveStatus="DEEP_ARCHIVE_ACCESS")
    assert S3Objects(deep, "media").restore(MEDIA.key) is True
    assert deep.requests == [{"GlacierJobParameters": {"Tier": "Standard"}}]
    glacier = Archive(StorageClass="DEEP_ARCHIVE")
    assert S3Objects(glacier, "media").restore(MEDIA.key) is True
    assert glacier.requests == [{"GlacierJobParameters": {"Tier": "Standard"}, "Days": 7}]


@pytest.mark.parametrize(
    ("restore", "under_way"), [('ongoing-request="true"', True), ('ongoing-request="false"', False)]
)
def test_what_is_being_restored_is_not_asked_for_again(restore: str, under_way: bool):
    archive = Archive(StorageClass="DEEP_ARCHIVE", Restore=restore)
    assert S3Objects(archive, "media").restore(MEDIA.key) is under_way
    assert archive.requests == []


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_forms_and_links_name_the_regions_own_address(region: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    form = S3Objects(clients.s3, "parley-media").form(MEDIA, 900)
    link = S3Links(clients.s3, "parley-media").link(MEDIA.key, int(time.time() * 1000) + 300_000)
    host = "s3.amazonaws.com" if region == "us-east-1" else f"s3.{region}.amazonaws.com"
    assert form.url == f"https://parley-media.{host}/"
    assert link.startswith(f"https://parley-media.{host}/{MEDIA.key}?")
    assert "X-Amz-Expires=" in link
