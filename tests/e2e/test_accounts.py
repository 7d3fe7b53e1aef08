"""User data, leaving and exporting, deployed: each function with its own role, IAM enforced."""

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from msgspec.structs import replace

from infra.local.stack import User
from parley.accounts.aws.accounts import DynamoAccounts
from tests.e2e.asking import Http
from tests.e2e.deployment import Deployment, Phone


@pytest.fixture
def http(deployment: Deployment) -> Iterator[Http]:
    with Http(deployment) as asking:
        yield asking


def test_data_are_the_same_on_all_devices_and_told_at_once(http: Http, alice: User, dial: Callable[..., Phone]):
    phone = dial(alice)
    phone.ask("sync", since={})
    put = http.ask(alice, "PUT /me/data/theme", {"value": {"dark": True}}, headers={"If-None-Match": "*"})
    assert (put.status, put.headers["ETag"]) == (200, '"1"')
    assert phone.hear("data") == {
        "type": "data", "key": "theme", "version": 1, "deleted": False, "value": {"dark": True}
    }  # fmt: skip
    refused = http.ask(alice, "PUT /me/data/theme", {"value": 1}, headers={"If-None-Match": "*"})
    assert (refused.status, refused.body["current"]["value"]) == (409, {"dark": True})
    assert http.ask(alice, "DELETE /me/data/theme", headers={"If-Match": '"1"'}).status == 204
    page = http.ask(alice, "GET /me/data", since=1).body
    assert [(c["key"], c["version"], c["deleted"]) for c in page["changes"]] == [("theme", 2, True)]


def test_everything_about_a_user_comes_as_an_archive(
    http: Http, local: Deployment, alice: User, bob: User, dial: Callable[..., Phone]
):
    dial(alice).ask("send", to=bob.id, after=0, body={"text": "hello"})
    assert http.ask(alice, "GET /me/export").status == 202
    end = time.monotonic() + 60
    while (answer := http.ask(alice, "GET /me/export")).status == 202 and time.monotonic() < end:
        time.sleep(0.2)
    assert answer.status == 200
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(answer.body["url"], timeout=20) as response:
        archive = zipfile.ZipFile(io.BytesIO(response.read()))
    account = json.loads(archive.read("account.json"))
    assert (account["user"], account["identity"]["email"]) == (alice.id, alice.email)
    (log,) = [n for n in archive.namelist() if n.endswith(".jsonl")]
    assert json.loads(archive.read(log))["body"]["text"] == "hello"


def test_an_account_is_erased_when_its_time_is_over_and_others_keep_what_they_received(
    http: Http, local: Deployment, alice: User, bob: User, dm: str, dial: Callable[..., Phone]
):
    assert local.local is not None
    dial(alice).ask("send", to=bob.id, after=0, body={"text": "remember me"})
    http.ask(alice, "PUT /me/data/theme", {"value": 1}, headers={"If-None-Match": "*"})
    s3 = _s3(local)
    bucket = local.local.outputs["UserFilesBucket"]
    s3.put_object(Bucket=bucket, Key=f"files/{alice.id}/a.txt", Body=b"x")
    token = http.token(alice)

    assert http.ask(alice, "DELETE /me").status == 202
    assert http.ask(alice, "POST /me/restore").status == 204
    assert http.ask(alice, "DELETE /me").status == 202
    _erase(local, alice)
    assert http.ask(alice, "POST /me/restore").status == 403
    with pytest.raises(ClientError):
        local.tokens(alice)
    _erase(local, alice)

    assert token == http.token(alice)
    assert http.ask(alice, "GET /me").status == 404
    assert http.ask(alice, "PUT /me/data/theme", {"value": 1}, headers={"If-None-Match": "*"}).status == 404
    assert local.directory.find(recipients=[alice.id], strong=True).recipients == {}
    assert local.directory.memberships(alice.id, "", 5) == ([], False)
    assert s3.list_objects_v2(Bucket=bucket, Prefix=f"files/{alice.id}/")["KeyCount"] == 0
    history = http.ask(bob, f"GET /conversations/{dm}/entries").body
    assert [e["body"]["text"] for e in history["entries"]] == ["remember me"]
    (conversation,) = http.ask(bob, "GET /conversations").body["conversations"]
    assert (conversation["other"]["user"], conversation["other"].get("name") or "") == (alice.id, "")
    assert http.ask(bob, f"GET /users/{alice.id}").status == 404
    refused = dial(bob).ask("send", to=alice.id, after=1, body={"text": "are you there?"})
    assert refused["code"] == "not_found"

    assert http.ask(bob, "DELETE /me").status == 202
    _erase(local, bob)
    _erase(local, bob)
    assert local.log.after(dm, 0, 5) == ([], False)


def _erase(deployment: Deployment, user: User) -> None:
    """Make the user's next step due, and run the hourly function."""
    assert deployment.local is not None
    accounts = DynamoAccounts(deployment.local.dynamodb, deployment.local.outputs["DirectoryTable"])
    noted = accounts.leaving(user.id)
    assert noted is not None
    assert accounts.move(noted, replace(noted, due=time.time_ns() // 1_000_000))
    functions = deployment.local.functions
    (name,) = [
        f["FunctionName"]
        for f in functions.list_functions()["Functions"]
        if f["Handler"] == "workers.account_deletion.handler"
    ]
    answer = functions.invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


def _s3(deployment: Deployment) -> Any:
    assert deployment.local is not None
    return boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=deployment.local.endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}, s3={"addressing_style": "path"}),
    )
