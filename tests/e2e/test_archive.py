"""Old entries leave the log of the deployed environment, and history has them all the same."""

import time
from typing import Any

import boto3
import pytest
from botocore.config import Config

from infra.local.stack import User
from parley.chat.entries import Body, MessageEntry
from parley.core.writes import STORED
from tests.e2e.asking import Http
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment

LIMIT = 30
DAY_MS = 24 * 3600 * 1000
pytestmark = pytest.mark.gateway_only


def seqs(answer: Any) -> list[int]:
    assert answer.status == 200, answer.body
    return [e["seq"] for e in answer.body["entries"]]


def test_old_entries_are_archived_restored_and_read(
    local: Deployment, alice: User, bob: User, dial: Dial, http: Http, dm: str
):
    assert local.local is not None
    entries, old = f"GET /conversations/{dm}/entries", time.time_ns() // 1_000_000 - 200 * DAY_MS
    for seq in range(1, 6):
        entry = MessageEntry(dm, seq, seq, f"m{seq}", (alice, bob)[seq % 2].id, old + seq, Body(f"text {seq}"))
        assert local.log.append(entry, (alice.id, bob.id)) == STORED
    for user in (alice, bob):
        assert http.ask(user, f"PATCH /conversations/{dm}", {"read": 5}).status == 200
    assert local.local.settled(LIMIT), "and the notifier has scheduled the conversation"

    answer = local.local.functions.invoke(FunctionName=local.local.outputs["ArchiverFunction"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert [e.seq for e in local.log.after(dm, 0, 9)[0]] == [5]
    assert seqs(http.ask(bob, entries)) == [5]
    assert seqs(http.ask(bob, entries, before="5", limit="2")) == [3, 4]

    bucket = local.local.outputs["ArchiveBucket"]
    config = Config(proxies={}, s3={"addressing_style": "path"})
    s3 = boto3.Session("test", "test", region_name="us-east-1").client(
        "s3", endpoint_url=local.local.endpoint, config=config
    )
    for found in s3.list_objects_v2(Bucket=bucket)["Contents"]:  # as the life cycle does a day later
        source = {"Bucket": bucket, "Key": found["Key"]}
        s3.copy_object(CopySource=source, StorageClass="GLACIER", **source)
    refused = http.ask(bob, entries, before="5")
    assert (refused.status, refused.body["code"]) == (409, "archived")
    phone = dial(bob)
    page = phone.ask("sync", since={})
    assert (page["begins"], [e["seq"] for e in page["entries"]]) == ({dm: 5}, [5])
    asked = http.ask(bob, f"POST /conversations/{dm}/restore", {"before": 5})
    assert (asked.status, asked.body["state"]) == (202, "restoring")
    assert phone.hear("restored", limit=LIMIT)["conversation"] == dm
    assert seqs(http.ask(bob, entries, before="5")) == [1, 2, 3, 4]
    ack = phone.ask("send", conversation=dm, after=5, body={"text": "and on"})
    assert (ack["type"], ack["seq"], ack["count"]) == ("ack", 6, 6)
