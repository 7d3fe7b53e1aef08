"""``parley.accounts.ports.Files`` and ``Identities``, in memory and on S3 and Cognito (moto)."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from parley.accounts.aws import clients
from parley.accounts.aws.files import S3Files
from parley.accounts.aws.identities import CognitoIdentities
from parley.accounts.aws.jobs import LambdaJobs
from parley.accounts.memory import MemoryFiles, MemoryIdentities
from parley.accounts.model import Export
from parley.accounts.ports import Files, Identities


class Place(NamedTuple):
    files: Files
    put: Callable[[str], object]
    keys: Callable[[], set[str]]
    parts: Callable[[str], dict[str, bytes]]


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(params=["memory", "s3"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        made = MemoryFiles()
        yield Place(
            made, lambda k: made.stored.update({k: {"": b"note"}}), lambda: set(made.stored), lambda k: made.stored[k]
        )
        return
    with mock_aws():
        s3 = clients.s3()
        s3.create_bucket(Bucket="own")
        yield Place(
            S3Files(lambda: s3, "own"),
            lambda k: s3.put_object(Bucket="own", Key=k, Body=b"note"),
            lambda: {o["Key"] for o in s3.list_objects_v2(Bucket="own").get("Contents", [])},
            lambda k: unzipped(s3.get_object(Bucket="own", Key=k)["Body"].read()),
        )


def test_a_users_files_are_listed_and_erased_with_their_archives_and_nobody_elses(place: Place):
    mine, theirs = ("files/ben/a", "files/ben/b/c", "exports/ben/e.zip"), ("files/benno/a", "exports/bea/e.zip")
    for key in (*mine, *theirs):
        place.put(key)
    assert list(place.files.listed("ben")) == [("a", 4), ("b/c", 4)]
    while place.files.erase("ben"):
        pass
    assert not place.files.erase("ben")
    assert place.keys() == set(theirs)


def test_whatever_a_file_is_called_it_is_erased(place: Place):
    for name in ("b\x01c", "\r\n", " ", "\uffff", "\x85", "é&<", "a/../b", "\U0001f600\u200d"):
        place.put(f"files/ben/{name}")
    for _ in range(5):
        place.files.erase("ben")
    assert place.keys() == set()


def test_an_archive_is_removed_and_no_other(place: Place):
    for key in ("exports/ben/e1.zip", "exports/ben/e2.zip"):
        place.put(key)
    for _ in range(2):
        place.files.remove("exports/ben/e1.zip")
    assert place.keys() == {"exports/ben/e2.zip"}


def test_an_archive_holds_its_parts(place: Place):
    parts = [("a.json", [b"{}"]), ("b/c.jsonl", (b"%d\n" % n for n in range(3)))]
    assert place.files.archive("exports/ben/e.zip", parts) > 0
    assert place.parts("exports/ben/e.zip") == {"a.json": b"{}", "b/c.jsonl": b"0\n1\n2\n"}


def test_a_link_is_for_the_archive_and_for_a_time(place: Place):
    link = urlsplit(place.files.link("exports/ben/e.zip", 300))
    assert link.path.endswith("exports/ben/e.zip")
    query = {k.lower(): v for k, v in parse_qs(link.query).items()}
    assert "300" in {v[0] for v in query.values()}


@pytest.fixture(params=["memory", "cognito"])
def identities(request: pytest.FixtureRequest) -> Iterator[Identities]:
    if request.param == "memory":
        made = MemoryIdentities()
        made.users["ben"] = {"email": "ben@example.com", "sub": "1"}
        yield made
        return
    with mock_aws():
        cognito: Any = boto3.client("cognito-idp")
        pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
        given = [{"Name": "email", "Value": "ben@example.com"}]
        cognito.admin_create_user(UserPoolId=pool, Username="ben", UserAttributes=given)
        yield CognitoIdentities(cognito, pool)


def test_an_identity_is_told_and_deleted_once_and_for_all(identities: Identities):
    told = identities.told("ben")
    assert told["email"] == "ben@example.com"
    identities.delete("ben")
    identities.delete("ben")
    assert identities.told("ben") == {}


def test_the_archive_is_asked_for_without_waiting(monkeypatch: pytest.MonkeyPatch):
    asked: list[dict[str, Any]] = []
    client: Any = boto3.client("lambda")
    monkeypatch.setattr(client, "invoke", lambda **arguments: asked.append(arguments))
    LambdaJobs(lambda: client, "exporter").export(Export("ben", "e1", 5), "Google_1")
    ((name, kind, payload),) = [(a["FunctionName"], a["InvocationType"], a["Payload"]) for a in asked]
    assert (name, kind) == ("exporter", "Event")
    event = json.loads(payload)
    assert (event["username"], event["export"]["id"]) == ("Google_1", "e1")
