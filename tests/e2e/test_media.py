"""The whole life of an upload, on the deployed API: the form, S3's own events, the link, the archive, the collector."""

import json
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from infra.local.stack import User
from tests.e2e.asking import Http
from tests.e2e.deployment import Deployment
from tests.unit.media.studio import PDF, image

PHOTO = image("JPEG", (1200, 800))
LIMIT = 30.0


@pytest.fixture
def http(deployment: Deployment) -> Iterator[Http]:
    with Http(deployment) as made:
        yield made


@pytest.fixture
def s3(local: Deployment) -> Any:
    assert local.local is not None
    return boto3.Session("test", "test", region_name="us-east-1").client(
        "s3", endpoint_url=local.local.endpoint, config=Config(proxies={}, s3={"addressing_style": "path"})
    )


@pytest.fixture
def bucket(local: Deployment) -> str:
    assert local.local is not None
    return local.local.outputs["MediaBucket"]


def file(data: bytes, type: str, within: str) -> dict[str, Any]:
    return {"type": type, "size": len(data), "sha256": sha256(data).hexdigest(), "within": within}


def begin(http: Http, user: User, data: bytes, type: str, within: str) -> dict[str, Any]:
    answer = http.ask(user, "POST /media", file(data, type, within))
    assert answer.status == 201, answer
    return answer.body


def post(form: dict[str, Any], data: bytes, **differently: str) -> int:
    """Post as an app does: the fields unchanged, and then the file."""
    fields = {**form["fields"], **differently}
    return httpx.post(form["url"], data=fields, files={"file": ("x", data)}, timeout=30, trust_env=False).status_code


def until(http: Http, user: User, media: str, state: str) -> dict[str, Any]:
    """Ask until the upload is in this state."""
    end = time.monotonic() + LIMIT
    while (answer := http.ask(user, f"GET /media/{media}")).body.get("state") != state:
        assert time.monotonic() < end, answer
        time.sleep(0.2)
    return answer.body


def fetched(url: str) -> httpx.Response:
    return httpx.get(url, timeout=30, trust_env=False)


def test_a_photo_from_the_form_to_the_others_screen(
    http: Http, alice: User, bob: User, dm: str, dial: Callable[..., Any]
):
    with dial(alice) as phone, dial(bob) as other:
        form = begin(http, alice, PHOTO, "image/jpeg", dm)
        name = form["media"]
        early = phone.ask("send", conversation=dm, after=0, body={"media": [name]})
        assert (early["code"], early["retryable"]) == ("not_ready", True)
        assert post(form, PHOTO) == 204
        assert phone.hear("media") == {"type": "media", "media": name, "state": "ready", "reason": ""}
        assert phone.ask("send", conversation=dm, after=0, body={"media": [name]})["type"] == "ack"
        assert other.hear("message")["entry"]["body"] == {"text": "", "media": [name]}
    shown = http.ask(bob, f"GET /media/{name}").body
    assert (shown["width"], shown["height"], shown["type"]) == (1200, 800, "image/jpeg")
    answer = fetched(shown["url"])
    assert (answer.content, answer.headers["content-type"]) == (PHOTO, "image/jpeg")
    small = fetched(shown["thumbnail"])
    assert (small.content[8:12], small.headers["content-type"]) == (b"WEBP", "image/webp")


def test_a_link_is_good_for_what_it_was_made_for_and_nothing_else(http: Http, alice: User, dm: str):
    form = begin(http, alice, PDF, "application/pdf", dm)
    assert post(form, PDF) == 204
    shown = until(http, alice, form["media"], "ready")
    assert fetched(shown["url"]).content == PDF
    bare, _, query = shown["url"].partition("?")
    assert fetched(bare).status_code == 403
    another = "1" if bare.endswith("0") else "0"
    assert fetched(f"{bare[:-1]}{another}?{query}").status_code == 403


@pytest.mark.parametrize(
    ("data", "differently"),
    [
        (PDF + b"x", {}),
        (PDF[:-1], {}),
        (PDF, {"key": "files/01JDA0000000000000000000AA"}),
        (PDF, {"key": "../files/x"}),
        (PDF, {"Content-Type": "text/html"}),
        (PDF, {"x-amz-storage-class": "STANDARD"}),
    ],
    ids=["larger", "smaller", "another key", "a path", "another type", "another class"],
)
def test_s3_itself_takes_nothing_but_what_was_allowed(
    http: Http, alice: User, dm: str, data: bytes, differently: dict[str, str]
):
    form = begin(http, alice, PDF, "application/pdf", dm)
    assert post(form, data, **differently) in {400, 403}
    assert http.ask(alice, f"GET /media/{form['media']}").body["state"] == "pending"


@pytest.mark.parametrize(
    ("said", "type", "sent", "reason"),
    [
        (PDF, "application/pdf", PDF[:-1] + b"x", "SHA-256"),
        (b"<html><script>alert(1)</script></html>", "application/pdf", None, "not the bytes"),
        (PHOTO[:300], "image/jpeg", None, "broken"),
    ],
    ids=["another content", "not its type", "a broken image"],
)
def test_what_is_not_what_was_said_is_removed(
    http: Http, s3: Any, bucket: str, alice: User, dm: str, said: bytes, type: str, sent: bytes | None, reason: str
):
    form = begin(http, alice, said, type, dm)
    post(form, said if sent is None else sent)
    refused = until(http, alice, form["media"], "refused")
    assert reason in refused["reason"]
    key = form["fields"]["key"]
    end = time.monotonic() + LIMIT
    while "Contents" in s3.list_objects_v2(Bucket=bucket, Prefix=key):
        assert time.monotonic() < end
        time.sleep(0.2)


def test_nobody_uploads_to_or_reads_from_anothers_conversation(
    http: Http, deployment: Deployment, alice: User, bob: User, dm: str
):
    carol = deployment.user("Carol", "provider")
    refused = http.ask(carol, "POST /media", file(PDF, "application/pdf", dm))
    assert (refused.status, refused.body["code"]) == (403, "forbidden")
    huge = http.ask(alice, "POST /media", {**file(PDF, "application/pdf", dm), "size": 5 * 2**30})
    assert (huge.status, huge.body["code"]) == (413, "too_large")
    form = begin(http, alice, PDF, "application/pdf", dm)
    post(form, PDF)
    until(http, alice, form["media"], "ready")
    assert http.ask(carol, f"GET /media/{form['media']}").status == 404
    assert http.ask(bob, f"GET /media/{form['media']}").status == 200


def test_what_is_archived_comes_back_when_asked_for_and_says_so(
    http: Http, local: Deployment, s3: Any, bucket: str, alice: User, bob: User, dm: str, dial: Callable[..., Any]
):
    assert local.local is not None
    form = begin(http, alice, PDF, "application/pdf", dm)
    post(form, PDF)
    until(http, alice, form["media"], "ready")
    key = form["fields"]["key"]
    # This is what half a year does: the object moves to an archive class, and S3 sends an event about it.
    s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": key}, StorageClass="DEEP_ARCHIVE")
    record = {"eventName": "IntelligentTiering", "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}
    functions = local.local.functions.list_functions()["Functions"]
    (uploads,) = [f["FunctionName"] for f in functions if f["Handler"].startswith("workers.uploads")]
    answer = local.local.functions.invoke(FunctionName=uploads, Payload=json.dumps({"Records": [record]}).encode())
    assert "FunctionError" not in answer
    with dial(bob) as phone:
        asked = http.ask(bob, f"GET /media/{form['media']}")
        assert (asked.status, asked.body["state"], asked.body["url"]) == (202, "restoring", "")
        back = phone.hear("media", limit=LIMIT)
        assert (back["media"], back["state"]) == (form["media"], "ready")
    shown = http.ask(bob, f"GET /media/{form['media']}")
    assert (shown.status, fetched(shown.body["url"]).content) == (200, PDF)


def test_the_collector_takes_what_nothing_refers_to(
    http: Http, local: Deployment, s3: Any, bucket: str, alice: User, dm: str
):
    assert local.local is not None
    form = begin(http, alice, PDF, "application/pdf", dm)
    post(form, PDF)
    until(http, alice, form["media"], "ready")
    # The upload was made long ago.
    table, key = local.local.outputs["DirectoryTable"], {"pk": {"S": f"M#{form['media']}"}, "sk": {"S": "MEDIA"}}
    local.local.directory.release_reference(form["media"], int(time.time() * 1000) - 5 * 24 * 3600 * 1000)
    answer = local.local.functions.invoke(FunctionName=local.local.outputs["CollectorFunction"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert http.ask(alice, f"GET /media/{form['media']}").status == 404
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=form["fields"]["key"])
    assert "Item" not in local.local.dynamodb.get_item(TableName=table, Key=key)


def test_a_profiles_photo_is_uploaded_set_and_seen(http: Http, alice: User, bob: User):
    form = begin(http, bob, PHOTO, "image/jpeg", "profile")
    post(form, PHOTO)
    until(http, bob, form["media"], "ready")
    assert http.ask(bob, "PATCH /me", {"photo": form["media"]}).status == 200
    photo = http.ask(alice, f"GET /users/{bob.id}").body["photo"]
    assert fetched(http.ask(alice, f"GET /media/{photo}").body["url"]).content == PHOTO
