"""Leaving, coming back, and an erasure that ends right wherever it dies."""

from typing import Any

import pytest

from chat import devices
from chat.errors import Forbidden, NotFound, Unavailable
from tests.unit.chat.world import DM
from tests.unit.interleave import Died
from tests.unit.users.account import Account
from users import erasing, leaving
from users.model import DAY_MS

NOW = 1_795_417_200_000
DUE = NOW + leaving.GRACE_MS
CUT = DUE + erasing.TOKENS_MS


@pytest.fixture
def account() -> Account:
    return Account()


def leave(account: Account, at: int = NOW) -> None:
    leaving.leave(account.world.alice, "alice", at, account.accounts)


class Mortal:
    """Ports that die at the n-th call, before or after it is done."""

    def __init__(self, at: int, when: str) -> None:
        self.calls, self.at, self.when = 0, at, when

    def __call__(self, port: Any) -> Any:
        return _Port(port, self)


class _Port:
    def __init__(self, port: Any, mortal: Mortal) -> None:
        self._port, self._mortal = port, mortal

    def __getattr__(self, name: str) -> Any:
        method, mortal = getattr(self._port, name), self._mortal

        def call(*args: Any, **kwargs: Any) -> Any:
            mortal.calls += 1
            if (mortal.calls, mortal.when) == (mortal.at, "before"):
                raise Died
            answer = method(*args, **kwargs)
            if (mortal.calls, mortal.when) == (mortal.at, "after"):
                raise Died
            return answer

        return call


def test_during_the_grace_nothing_is_touched(account: Account):
    before = account.left()
    leave(account)
    assert erasing.run(DUE - 1, account.erasing()) == erasing.Erased()
    assert {k: v for k, v in account.left().items() if k != "leaving"} == before


def test_leaving_again_does_not_put_it_off(account: Account):
    leave(account)
    leave(account, NOW + DAY_MS)
    assert leaving.noted(account.world.alice, account.accounts).due == DUE


def test_who_comes_back_in_time_stays(account: Account):
    leave(account)
    leaving.stay(account.world.alice, account.accounts)
    assert erasing.run(CUT, account.erasing()) == erasing.Erased()
    assert account.left()["reach"].name == "Alice A"
    with pytest.raises(NotFound):
        leaving.noted(account.world.alice, account.accounts)


def test_who_never_left_stays(account: Account):
    leaving.stay(account.world.alice, account.accounts)


def test_once_begun_there_is_no_way_back(account: Account):
    leave(account)
    erasing.run(DUE, account.erasing())
    with pytest.raises(Forbidden):
        leaving.stay(account.world.alice, account.accounts)


def test_first_the_user_is_cut_off_and_erased_only_when_no_token_is_good_any_more(account: Account):
    leave(account)
    account.world.now = DUE - 1_000
    account.world.connect(account.world.alice)
    assert erasing.run(DUE, account.erasing()) == erasing.Erased(cut=1)
    assert "identity" not in account.left()
    assert account.world.sockets.closed == ["alice.phone-a"]
    assert erasing.run(CUT - 1, account.erasing()) == erasing.Erased()
    assert account.left()["reach"]
    assert erasing.run(CUT, account.erasing()) == erasing.Erased(done=1)
    assert account.left() == {}


def test_others_keep_what_they_received_and_what_is_theirs(account: Account):
    leave(account)
    erasing.run(DUE, account.erasing())
    erasing.run(CUT, account.erasing())
    texts = [e.body.text for e in account.world.entries.entries[DM]]
    assert texts == ["from alice", "from bob"]
    assert ("bob", DM) in account.world.stored.members
    assert account.world.stored.reaches["bob"].devices
    assert "bob" in account.identities.users
    assert set(account.files.stored) == {"files/bob/notes.txt", "exports/bob/old.zip"}
    assert "fcm/token-b" not in account.world.push.forgotten
    with pytest.raises(NotFound):
        account.world.send(account.world.bob, "m3", 2, to="alice")


def test_a_conversation_goes_with_the_last_of_its_members(account: Account):
    w = account.world
    w.notify(w.entries.entries[DM])
    leave(account)
    leaving.leave(w.bob, "bob", NOW, account.accounts)
    erasing.run(DUE, account.erasing())
    assert erasing.run(CUT, account.erasing()).done == 2
    assert (w.entries.entries, w.stored.heads, w.stored.members) == ({}, {}, {})


@pytest.mark.parametrize("alone", [False, True])
def test_it_ends_right_wherever_it_dies(alone: bool):
    """Every call of every port, before and after: run again, and the end is the same."""
    deaths = 0
    for when in ("before", "after"):
        for at in range(1, 1000):
            account = Account()
            if alone:
                del account.world.stored.reaches["bob"]
            leave(account)
            mortal = Mortal(at, when)
            died = False
            for now in (DUE, CUT):
                try:
                    erasing.run(now, account.erasing(mortal))
                except Died:
                    died = True
            if not died:
                assert mortal.calls < at
                break
            deaths += 1
            for later in range(3):
                erasing.run(CUT + (later + 1) * erasing.TOKENS_MS, account.erasing())
            assert account.left() == {}, (when, at)
            assert alone or len(account.world.entries.entries[DM]) == 2
    assert deaths > 100


def test_what_fails_holds_up_no_other_and_is_tried_again(account: Account, monkeypatch: pytest.MonkeyPatch):
    leave(account)
    leaving.leave(account.world.bob, "bob", NOW, account.accounts)
    delete = account.identities.delete

    def failing(username: str) -> None:
        if username == "alice":
            raise Unavailable("not now")
        delete(username)

    monkeypatch.setattr(account.identities, "delete", failing)
    assert erasing.run(DUE, account.erasing()) == erasing.Erased(cut=1, failed=1)
    monkeypatch.undo()
    assert erasing.run(DUE + 1, account.erasing()) == erasing.Erased(cut=1)


def test_a_clock_that_stood_still_is_caught_up_with(account: Account):
    leave(account)
    assert erasing.run(DUE + 20 * DAY_MS, account.erasing()) == erasing.Erased(cut=1)


def test_an_endpoint_that_another_user_has_taken_over_is_left_to_them(account: Account):
    w = account.world
    ports = devices.Ports(w.directory, account.devices, w.push)
    devices.register("bob", "tablet", devices.Told("fcm", "token-a"), 2, ports)
    leave(account)
    erasing.run(DUE, account.erasing())
    erasing.run(CUT, account.erasing())
    assert "fcm/token-a" not in w.push.forgotten
    assert {d.id for d in w.stored.reaches["bob"].devices} == {"phone-b", "tablet"}
