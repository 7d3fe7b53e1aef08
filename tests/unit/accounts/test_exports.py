"""Everything about a user, as one archive."""

import json

import pytest

from parley.accounts import deletion, deletion_requests, exports
from parley.accounts.model import Export
from parley.core.errors import NotFound, Unavailable
from tests.unit.accounts.account import Account
from tests.unit.interleaving import Died, Invocation, Stepped

NOW = 1_795_417_200_000


@pytest.fixture
def account() -> Account:
    return Account()


def ask(account: Account, at: int = NOW) -> Export:
    return exports.ask(account.world.alice, "alice", at, account.asking)


def make_stepwise(account: Account, export: Export) -> Invocation:
    ports = [getattr(account.making, name) for name in exports.Making.__struct_fields__]
    return Invocation(
        lambda me: exports.make(export, "alice", NOW, exports.Making(*(Stepped(port, me) for port in ports)))
    )


def fail(*_: object) -> None:
    raise Unavailable("not now")


def test_the_first_request_has_it_made_and_the_next_finds_it(account: Account):
    export = ask(account)
    assert (export.made, account.jobs.asked) == (0, [(export, "alice")])
    assert ask(account, NOW + 1) == export
    assert exports.make(export, "alice", NOW + 2, account.making)
    ready = ask(account, NOW + 3)
    assert (ready.id, ready.made, len(account.jobs.asked)) == (export.id, NOW + 2, 1)
    assert ready.size > 0


def test_all_there_is_about_the_user_is_in_it_and_nothing_of_others(account: Account):
    export = ask(account)
    exports.make(export, "alice", NOW, account.making)
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
    exports.make(export, "alice", NOW, account.making)
    assert ask(account, NOW + exports.FRESH_MS).id != export.id


def test_one_that_never_comes_is_asked_for_again_and_the_late_one_is_dropped(account: Account):
    lost = ask(account)
    again = ask(account, NOW + exports.PATIENCE_MS)
    assert again.id != lost.id
    assert not exports.make(lost, "alice", NOW, account.making)
    assert lost.key not in account.files.stored


def test_one_that_comes_too_late_does_not_stay(account: Account, monkeypatch: pytest.MonkeyPatch):
    lost = ask(account)
    with monkeypatch.context() as patched:
        patched.setattr(account.exports, "replace", fail)
        with pytest.raises(Unavailable):
            exports.make(lost, "alice", NOW, account.making)
    assert lost.key in account.files.stored
    again = ask(account, NOW + exports.PATIENCE_MS)
    assert not exports.make(lost, "alice", NOW, account.making)
    assert lost.key not in account.files.stored
    assert exports.make(again, "alice", NOW, account.making)
    assert again.key in account.files.stored


def test_making_it_twice_is_harmless(account: Account):
    export = ask(account)
    assert exports.make(export, "alice", NOW, account.making)
    assert not exports.make(export, "alice", NOW, account.making)
    assert export.key in account.files.stored


def test_who_is_gone_has_no_archive(account: Account):
    export = ask(account)
    del account.world.stored.users["alice"]
    with pytest.raises(NotFound):
        exports.make(export, "alice", NOW, account.making)


def test_where_the_job_cannot_be_asked_for_the_next_request_begins_anew(
    account: Account, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patched:
        patched.setattr(account.jobs, "export", fail)
        with pytest.raises(Unavailable):
            ask(account)
    export = ask(account, NOW + 1)
    assert (export.asked, account.jobs.asked) == (NOW + 1, [(export, "alice")])


def test_who_does_not_exist_has_none_made(account: Account):
    del account.world.stored.users["alice"]
    with pytest.raises(NotFound):
        ask(account)
    assert account.exports.export("alice") is None


@pytest.mark.parametrize("at", range(1, 25))
@pytest.mark.parametrize("dies", [False, True])
def test_an_erasure_leaves_no_archive_wherever_the_making_of_one_was(account: Account, at: int, dies: bool):
    """The export stops before one of its calls, and the erasure runs; then it continues, or Lambda begins it again."""
    export = ask(account)
    making = make_stepwise(account, export)
    for _ in range(at):
        if not making.done:
            making.step()
    if dies and not making.done:
        making.step(die="after")
    deletion_requests.leave(account.world.alice, "alice", NOW - deletion_requests.GRACE_MS, account.accounts)
    for now in (NOW, NOW + deletion.TOKENS_MS):
        deletion.run(now, account.erasing(), lambda: 900_000)
    while not making.done:
        making.step()
    if isinstance(making.error, Died):
        exports.make(export, "alice", NOW, account.making)
    assert account.left() == {}


@pytest.mark.parametrize("at", range(1, 20))
@pytest.mark.parametrize("before", range(6, 16))
def test_an_erasure_leaves_no_archive_wherever_it_was_when_one_came(account: Account, at: int, before: int):
    """Export and erasure each stop before one of their calls; then the archive is made, then the erasure continues."""
    export = ask(account)
    making = make_stepwise(account, export)
    for _ in range(before):
        if not making.done:
            making.step()
    deletion_requests.leave(account.world.alice, "alice", NOW - deletion_requests.GRACE_MS, account.accounts)
    deletion.run(NOW, account.erasing(), lambda: 900_000)
    cut = NOW + deletion.TOKENS_MS
    erasure = Invocation(lambda me: deletion.run(cut, account.erasing(lambda p: Stepped(p, me)), lambda: 900_000))
    for _ in range(at):
        if not erasure.done:
            erasure.step()
    for invocation in (making, erasure):
        while not invocation.done:
            invocation.step()
    assert account.left() == {}
