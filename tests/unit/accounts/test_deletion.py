"""Deletion, its cancellation, and an erasure that ends correctly wherever it dies."""

from typing import Any

import pytest

from parley.accounts import deletion, deletion_requests
from parley.accounts.model import DAY_MS
from parley.chat import send
from parley.core.errors import Forbidden, NotFound, Unavailable
from parley.delivery import devices, endpoints
from tests.unit.accounts.account import Account
from tests.unit.chat.world import DM
from tests.unit.interleaving import Died, Invocation, Stepped

NOW = 1_795_417_200_000
DUE = NOW + deletion_requests.GRACE_MS
CUT = DUE + deletion.TOKENS_MS
AGAIN = CUT + deletion.AGAIN_MS


@pytest.fixture
def account() -> Account:
    return Account()


def leave(account: Account, at: int = NOW) -> None:
    deletion_requests.leave(account.world.alice, "alice", at, account.accounts)


def run(account: Account, now: int, wrap: Any = lambda port: port, lasts: int = 900_000) -> deletion.Erased:
    """A run in which each reading of the clock is a second later than the last; it is stopped after ``lasts`` ms."""
    left = iter(range(lasts, 0, -1_000))
    endpoints.sweep(now, account.devices, account.world.push)
    return deletion.run(now, account.erasing(wrap), lambda: next(left))


class Mortal:
    """Ports of which the n-th call dies, before or after it has had its effect."""

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
    assert run(account, DUE - 1) == deletion.Erased()
    assert {k: v for k, v in account.left().items() if k != "leaving"} == before


def test_leaving_again_does_not_put_it_off(account: Account):
    leave(account)
    leave(account, NOW + DAY_MS)
    assert deletion_requests.noted(account.world.alice, account.accounts).due == DUE


def test_who_comes_back_in_time_stays(account: Account):
    leave(account)
    deletion_requests.stay(account.world.alice, account.accounts)
    assert run(account, CUT) == deletion.Erased()
    assert account.left()["recipient"].name == "Alice A"
    with pytest.raises(NotFound):
        deletion_requests.noted(account.world.alice, account.accounts)


def test_who_never_left_stays(account: Account):
    deletion_requests.stay(account.world.alice, account.accounts)


def test_once_begun_there_is_no_way_back(account: Account):
    leave(account)
    run(account, DUE)
    with pytest.raises(Forbidden):
        deletion_requests.stay(account.world.alice, account.accounts)


def test_first_the_user_is_cut_off_and_erased_only_when_no_token_is_good_any_more(account: Account):
    leave(account)
    account.world.now = DUE - 1_000
    account.world.connect(account.world.alice)
    assert run(account, DUE) == deletion.Erased(cut=1)
    assert "identity" not in account.left()
    assert account.world.sockets.closed == ["alice.phone-a"]
    assert run(account, CUT - 1) == deletion.Erased()
    assert account.left()["recipient"]
    assert run(account, CUT) == deletion.Erased(done=1)
    assert account.left() == {}
    assert run(account, AGAIN - 1) == deletion.Erased()
    assert account.accounts.leaving("alice") is not None
    assert run(account, AGAIN) == deletion.Erased()
    assert account.accounts.leaving("alice") is None


def test_others_keep_what_they_received_and_what_is_theirs(account: Account):
    leave(account)
    run(account, DUE)
    run(account, CUT)
    texts = [e.body.text for e in account.world.entries.entries[DM]]
    assert texts == ["from alice", "from bob"]
    assert ("bob", DM) in account.world.stored.members
    assert account.world.stored.users["bob"].devices
    assert "bob" in account.identities.users
    assert set(account.files.stored) == {"files/bob/notes.txt", "exports/bob/old.zip"}
    assert "fcm/token-b" not in account.world.push.forgotten
    with pytest.raises(NotFound):
        account.world.send(account.world.bob, "m3", 2, to="alice")


def test_a_conversation_goes_with_the_last_of_its_members(account: Account):
    w = account.world
    w.notify(w.entries.entries[DM])
    leave(account)
    deletion_requests.leave(w.bob, "bob", NOW, account.accounts)
    run(account, DUE)
    assert run(account, CUT).done == 2
    assert (w.entries.entries, w.stored.summaries, w.stored.members) == ({}, {}, {})


@pytest.mark.parametrize("alone", [False, True])
def test_it_ends_right_wherever_it_dies(alone: bool):
    """The erasure dies at every call of every port, before and after it. A second run leads to the same end."""
    deaths = 0
    for when in ("before", "after"):
        for at in range(1, 1000):
            account = Account()
            if alone:
                del account.world.stored.users["bob"]
            leave(account)
            mortal = Mortal(at, when)
            died = False
            for now in (DUE, CUT):
                try:
                    run(account, now, mortal)
                except Died:
                    died = True
            if not died:
                assert mortal.calls < at
                break
            deaths += 1
            for later in range(3):
                run(account, CUT + (later + 1) * deletion.TOKENS_MS)
            assert account.left() == {}, (when, at)
            assert alone or len(account.world.entries.entries[DM]) == 2
    assert deaths > 40


@pytest.mark.parametrize("error", [Unavailable("not now"), ValueError("nobody foresaw this")])
def test_what_fails_holds_up_no_other_and_is_tried_again(
    account: Account, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    leave(account)
    deletion_requests.leave(account.world.bob, "bob", NOW, account.accounts)
    delete = account.identities.delete

    def failing(username: str) -> None:
        if username == "alice":
            raise error
        delete(username)

    monkeypatch.setattr(account.identities, "delete", failing)
    assert run(account, DUE) == deletion.Erased(cut=1, errors=(error,))
    monkeypatch.undo()
    assert run(account, DUE + 1) == deletion.Erased(cut=1)


def test_a_clock_that_stood_still_is_caught_up_with(account: Account):
    leave(account)
    assert run(account, DUE + 400 * DAY_MS) == deletion.Erased(cut=1)


def test_what_has_failed_for_months_is_due_still_and_behind_the_others(
    account: Account, monkeypatch: pytest.MonkeyPatch
):
    leave(account)
    monkeypatch.setattr(account.identities, "delete", {}.__getitem__)
    for day in range(100):
        assert len(run(account, DUE + day * DAY_MS).errors) == 1
    now = DUE + 100 * DAY_MS
    deletion_requests.leave(account.world.bob, "bob", now - DAY_MS - deletion_requests.GRACE_MS, account.accounts)
    assert [n.user for n in account.accounts.due(now, None, 5)] == ["bob", "alice"]


def test_who_has_much_is_erased_bit_by_bit_and_holds_up_no_other(account: Account):
    leave(account)
    deletion_requests.leave(account.world.bob, "bob", NOW, account.accounts)
    account.files.stored |= {f"files/alice/{n}": {"": b"x"} for n in range(150)}
    account.files.most = 1
    run(account, DUE)
    assert run(account, CUT) == deletion.Erased(done=1, unfinished=1)
    assert account.left()["leaving"].due == CUT + 1
    ends = [run(account, CUT + later) for later in range(1, 10)]
    assert sum(e.done for e in ends) == 1
    assert account.left() == {}


def test_a_run_ends_before_it_is_stopped(account: Account):
    leave(account)
    deletion_requests.leave(account.world.bob, "bob", NOW, account.accounts)
    assert run(account, DUE, lasts=deletion.SPARE_MS + 1_000) == deletion.Erased(cut=1)
    assert run(account, DUE, lasts=deletion.SPARE_MS + 1_000) == deletion.Erased(cut=1)


@pytest.mark.parametrize("steps", range(1, 4))
def test_coming_back_twice_at_once_is_coming_back(account: Account, steps: int):
    leave(account)
    one, other = (
        Invocation(lambda me: deletion_requests.stay(account.world.alice, Stepped(account.accounts, me)))
        for _ in range(2)
    )
    for _ in range(steps):
        one.step()
    for returning in (other, one):
        while not returning.done:
            returning.step()
        assert returning.error is None
    assert account.accounts.leaving("alice") is None


def test_an_endpoint_that_another_user_has_taken_over_is_left_to_them(account: Account):
    w = account.world
    ports = devices.Ports(w.directory, account.devices, w.push)
    devices.register("bob", "tablet", devices.Told("fcm", "token-a"), 2, ports)
    leave(account)
    run(account, DUE)
    run(account, CUT)
    assert "fcm/token-a" not in w.push.forgotten
    assert {d.id for d in w.stored.users["bob"].devices} == {"phone-b", "tablet"}


@pytest.mark.parametrize("steps", range(1, 5))
def test_a_first_message_that_comes_while_its_recipient_is_erased_leaves_nothing_of_them(account: Account, steps: int):
    w = account.world
    w.directory.upsert_user("dan", "provider", "Dan")
    dan = w.session("dan", "provider", "phone-d")
    command = send.Command("m1", 0, "hi", to="alice")

    def first(me: Invocation) -> object:
        ports = send.Ports(
            log=Stepped(w.log, me),
            log_snapshots=Stepped(w.log_snapshots, me),
            snapshots=Stepped(w.directory, me),
            block_counts=Stepped(w.directory, me),
            connections=Stepped(w.directory, me),
            sockets=Stepped(w.sockets, me),
        )
        return send.send(command, dan, w.now, ports, w.rules)

    sending = Invocation(first)
    for _ in range(steps):
        if not sending.done:
            sending.step()
    leave(account)
    run(account, DUE)
    run(account, CUT)
    while not sending.done:
        sending.step()
    run(account, AGAIN)
    assert account.left() == {}
    assert account.accounts.leaving("alice") is None
