"""A Query reads 1 MB at the most: fewer items than were asked for do not mean that there are no more."""

from typing import Any

import boto3
import pytest

from parley.accounts.aws.profiles import DynamoProfiles
from parley.chat.aws import items
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.chat.entries import Body, MessageEntry
from parley.core.aws.threads import Threads
from parley.media.aws.registry import DynamoMediaRegistry

DM = "dm:alice:bob"


class Pages:
    """A table whose answers have one item each, whatever the limit; the last says that nothing follows."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows
        self.starts: list[Any] = []

    def query(self, **wanted: Any) -> Any:
        start = wanted.get("ExclusiveStartKey")
        self.starts.append(start)
        at = self.rows.index(start) + 1 if start in self.rows else 0
        more = {"LastEvaluatedKey": self.rows[at]} if at < len(self.rows) - 1 else {}
        return {"Items": [self.rows[at]], **more}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    return boto3.client("dynamodb")


def serve(client: Any, monkeypatch: pytest.MonkeyPatch, *rows: dict[str, Any]) -> Any:
    monkeypatch.setattr(client, "query", Pages(*rows).query)
    return client


def entry(seq: int) -> MessageEntry:
    return MessageEntry(DM, seq, seq, f"m{seq}", "alice", 1, Body("hi"))


def member(name: str) -> dict[str, Any]:
    return {**items.membership_key("alice", name), "recent": {"N": "5"}}


def test_the_newest_are_read_page_by_page_as_many_as_were_asked_for(client: Any, monkeypatch: pytest.MonkeyPatch):
    pages = Pages(*(items.entry_item(entry(n)) for n in (4, 3, 2, 1)))
    monkeypatch.setattr(client, "query", pages.query)
    log = DynamoLog(client, "Log", "Directory")
    assert [e.seq for e in log.newest(DM, 0, 3)] == [2, 3, 4]
    assert len(pages.starts) == 3  # no more than were needed
    assert [e.seq for e in log.newest(DM, 0, 9)] == [1, 2, 3, 4]


@pytest.mark.parametrize(("pages", "more"), [(1, False), (2, True)])
def test_a_page_says_whether_more_may_follow(client: Any, monkeypatch: pytest.MonkeyPatch, pages: int, *, more: bool):
    serve(client, monkeypatch, *(items.entry_item(entry(n)) for n in (1, 2)[:pages]))
    assert DynamoLog(client, "Log", "Directory").after(DM, 0, 9) == ([entry(1)], more)
    serve(client, monkeypatch, *(member(n) for n in ("dm:alice:bob", "dm:alice:zoe")[:pages]))
    directory = DynamoDirectory(client, "Directory")
    assert directory.inbox_page("alice", None, 9) == ([(5, DM)], more)
    rows, following = directory.memberships("alice", "", 9)
    assert ([m.conversation for m in rows], following) == ([DM], more)
    serve(client, monkeypatch, *(items.block_key("alice", o) for o in ("bob", "zoe")[:pages]))
    assert directory.blocked("alice", "", 9) == (["bob"], more)
    serve(client, monkeypatch, *({"pk": {"S": "U#alice"}, "sk": {"S": f"M#{m}"}} for m in ("1", "2")[:pages]))
    assert DynamoMediaRegistry(client, "Directory").owned("alice", "", 9) == (["1"], more)
    provider = {"pk": {"S": "U#ben"}, "sk": {"S": "PROFILE"}, "role": {"S": "provider"}, "version": {"N": "1"}}
    serve(client, monkeypatch, *(provider | {"name": {"S": n}} for n in ("a", "b")[:pages]))
    listed, following = DynamoProfiles(client, "Directory", Threads(1)).listed("law", ("", ""), 9)
    assert ([p.user for p in listed], following) == (["ben"], more)


def test_all_that_nothing_refers_to_is_read_page_by_page(client: Any, monkeypatch: pytest.MonkeyPatch):
    told = {name: {"S": "x"} for name in ("owner", "within", "type", "sha256", "state")}
    numbers = {name: {"N": "1"} for name in ("size", "created")}
    serve(client, monkeypatch, *({**items.media_key(m), **told, **numbers} for m in ("1", "2", "3")))
    assert [m.id for m in DynamoMediaRegistry(client, "Directory").unreferred(5)] == ["1", "2", "3"]
