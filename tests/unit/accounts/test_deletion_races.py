"""An erasure beside what happens meanwhile: a user who comes back, reads that lag, writes whose answer is lost."""

from typing import Any

import pytest
from msgspec.structs import replace

from parley.accounts import deletion, deletion_requests
from parley.accounts.model import DeletionRequest
from parley.chat.model import Membership
from parley.core.errors import Unavailable
from parley.delivery.model import Recipient
from tests.unit.accounts.account import Account
from tests.unit.chat.world import DM

NOW = 1_795_417_200_000
DUE = NOW + deletion_requests.GRACE_MS
CUT = DUE + deletion.TOKENS_MS


@pytest.fixture
def account() -> Account:
    made = Account()
    deletion_requests.leave(made.world.alice, "alice", NOW, made.accounts)
    return made


def run(account: Account, now: int, ports: deletion.Ports | None = None) -> deletion.Erased:
    return deletion.run(now, ports or account.erasing(), lambda: 900_000)


def test_who_comes_back_just_as_the_erasure_begins_stays(account: Account):
    original = account.accounts.due

    def due(*asked: Any) -> list[DeletionRequest]:
        page = original(*asked)
        deletion_requests.stay(account.world.alice, account.accounts)
        return page

    account.accounts.due = due
    assert run(account, DUE) == deletion.Erased()
    assert account.left()["identity"]
    assert account.world.sockets.closed == []


class Lagging:
    """Users, of whom a weak read finds nobody."""

    def __init__(self, stored: Any) -> None:
        self._stored = stored

    def recipients(self, users: Any, *, strong: bool = False) -> dict[str, Recipient]:
        return self._stored.recipients(users, strong=True) if strong else {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stored, name)


def test_reads_that_lag_neither_spare_a_socket_nor_take_anybody_for_gone(account: Account):
    account.world.now = DUE - 1_000
    account.world.connect(account.world.alice)
    lagging = replace(account.erasing(), connections=Lagging(account.world.directory))
    assert run(account, DUE, lagging) == deletion.Erased(cut=1)
    assert account.world.sockets.closed == ["alice.phone-a"]
    assert run(account, CUT, lagging) == deletion.Erased(done=1)
    assert len(account.world.entries.entries[DM]) == 2, "Bob is there"


def test_an_erasure_that_has_moved_on_although_it_failed_is_not_put_off_into_the_time_of_its_tokens(account: Account):
    original = account.accounts.move

    def move(old: DeletionRequest, new: DeletionRequest | None) -> Any:
        outcome = original(old, new)
        if new is not None and new.stage == "cut":
            raise Unavailable("the answer was lost")
        return outcome

    account.accounts.move = move
    assert len(run(account, DUE).errors) == 1
    account.accounts.move = original
    noted = account.accounts.leaving("alice")
    assert noted is not None
    assert (noted.stage, noted.due) == ("cut", CUT)
    assert run(account, CUT - 1) == deletion.Erased()


def test_an_erasure_that_fails_stays_due_in_its_stage(account: Account, monkeypatch: pytest.MonkeyPatch):
    run(account, DUE)
    monkeypatch.setattr(account.files, "erase", {}.__getitem__)
    assert len(run(account, CUT).errors) == 1
    noted = account.accounts.leaving("alice")
    assert noted is not None
    assert (noted.stage, noted.due) == ("cut", CUT + 1)


def test_what_can_neither_be_done_nor_put_off_is_tried_once_in_a_run(account: Account, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(deletion, "_QUEUE", 2)
    for user in ("bob", "carol"):
        deletion_requests.leave(account.world.session(user, "consumer", "d"), user, NOW, account.accounts)

    def move(*_: object) -> None:
        raise Unavailable("the service is busy")

    account.accounts.move = move
    assert len(run(account, DUE).errors) == 3


def test_a_large_account_that_another_run_has_erased_meanwhile_is_no_failure(account: Account):
    account.files.stored |= {f"files/alice/{n}": {"": b"x"} for n in range(150)}
    account.files.most = 1
    run(account, DUE)
    account.accounts.leaving = lambda _: None
    clock = iter(range(900_000, 0, -1_000))
    assert deletion.run(CUT, account.erasing(), clock.__next__) == deletion.Erased(unfinished=1)


def test_a_conversation_whose_members_its_id_does_not_name_is_left_alone(account: Account):
    group = f"g:{'0' * 26}"
    account.world.stored.members["alice", group] = Membership("alice", group)
    looked_up: list[str] = []
    directory = account.world.directory

    class Watched:
        def recipients(self, users: Any, *, strong: bool = False) -> dict[str, Recipient]:
            looked_up.extend(users)
            return directory.recipients(users, strong=strong)

        def __getattr__(self, name: str) -> Any:
            return getattr(directory, name)

    watched = replace(account.erasing(), connections=Watched())
    run(account, DUE, watched)
    assert run(account, CUT, watched) == deletion.Erased(done=1)
    assert set(looked_up) == {"alice", "bob"}
