"""Everything about a user, as one archive."""

import json

import pytest

from chat.errors import NotFound
from tests.unit.users.account import Account
from users import exporting
from users.model import Export

NOW = 1_795_417_200_000


@pytest.fixture
def account() -> Account:
    return Account()


def ask(account: Account, at: int = NOW) -> Export:
    return exporting.ask(account.world.alice, "alice", at, account.asking)


def test_the_first_request_has_it_made_and_the_next_finds_it(account: Account):
    export = ask(account)
    assert (export.made, account.jobs.asked) == (0, [(export, "alice")])
    assert ask(account, NOW + 1) == export
    assert exporting.make(export, "alice", NOW + 2, account.making)
    ready = ask(account, NOW + 3)
    assert (ready.id, ready.made, len(account.jobs.asked)) == (export.id, NOW + 2, 1)
    assert ready.size > 0


def test_all_there_is_about_the_user_is_in_it_and_nothing_of_others(account: Account):
    export = ask(account)
    exporting.make(export, "alice", NOW, account.making)
    parts = account.files.stored[export.key]
    told = {name: json.loads(data) for name, data in parts.items() if name.endswith(".json")}
    assert told["account.json"]["identity"]["email"] == "alice@example.com"
    assert told["account.json"]["devices"] == [{"device": "phone-a", "platform": "fcm"}]
    assert told["profile.json"]["about"] == "me"
    assert told["data.json"] == {"theme": "dark"}
    assert told["blocks.json"] == ["carol"]
    assert told["media.json"] == [{"id": "media-alice"}]
    assert told["files.json"] == [{"name": "notes.txt", "size": 4}]
    assert [c["conversation"] for c in told["conversations.json"]] == ["dm:alice:bob"]
    lines = parts["conversations/dm_alice_bob.jsonl"].decode().splitlines()
    assert [json.loads(line)["body"]["text"] for line in lines] == ["from alice", "from bob"]
    assert b"bob@example.com" not in b"".join(parts.values())


def test_one_of_yesterday_is_made_anew(account: Account):
    export = ask(account)
    exporting.make(export, "alice", NOW, account.making)
    assert ask(account, NOW + exporting.FRESH_MS).id != export.id


def test_one_that_never_comes_is_asked_for_again_and_the_late_one_is_dropped(account: Account):
    lost = ask(account)
    again = ask(account, NOW + exporting.PATIENCE_MS)
    assert again.id != lost.id
    assert not exporting.make(lost, "alice", NOW, account.making)
    assert lost.key not in account.files.stored
    assert exporting.make(again, "alice", NOW, account.making)


def test_making_it_twice_is_harmless(account: Account):
    export = ask(account)
    assert exporting.make(export, "alice", NOW, account.making)
    assert not exporting.make(export, "alice", NOW, account.making)


def test_who_is_gone_has_no_archive(account: Account):
    export = ask(account)
    del account.world.stored.reaches["alice"]
    with pytest.raises(NotFound):
        exporting.make(export, "alice", NOW, account.making)
