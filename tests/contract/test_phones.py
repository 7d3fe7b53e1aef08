"""Phones that change hands: registering, signing out, erasing and dead endpoints, each stopped at every call.

The tests run on every adapter of ``parley.delivery.ports.Devices``, with SNS's own calls as steps.
"""

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest

from parley.core.errors import NotFound, Unavailable
from parley.core.parallel import InTurn
from parley.delivery import devices, endpoints
from parley.delivery.aws import devices as aws_devices
from parley.delivery.aws.push import SnsPush
from parley.delivery.devices import Ports, Told
from parley.delivery.memory import MemoryDevices
from parley.delivery.model import PushDevice
from parley.delivery.ports import Delivery, Notification
from tests.contract.conftest import Storage
from tests.sns import APPLICATION, Sns
from tests.unit.interleaving import Died, Invocation, Stepped

USERS = ("alice", "bob")
NOTE = Notification("dm:alice:bob", 1, 1, "Alice", "hi", "alice")


class Did(NamedTuple):
    """Something that happens to phones: what it is, by which user, on which device, and with which token."""

    what: str
    user: str
    device: str = "phone"
    token: str = ""

    def concerns(self, other: "Did") -> bool:
        """Whether it may change what the other has registered."""
        same = (self.user, self.device) == (other.user, other.device) or self.token == other.token
        return self.what != "push" and (same or (self.what == "erase" and self.user == other.user))


class Phones:
    """Two users, the tokens of their phones, and what SNS and the directory know about them."""

    def __init__(self, storage: Storage, *, lasting: bool) -> None:
        self.storage, self.sns, self.now = storage, Sns(lasting=lasting), 1_000_000
        for user in USERS:
            storage.directory.upsert_user(user, "consumer", user)
        self.registered: set[tuple[str, str, str]] = set()

    def ports(self, wrap: Callable[[Any], Any] = lambda port: port) -> Ports:
        push: Any = SnsPush(wrap(self.sns), InTurn(), {"fcm": APPLICATION})  # type: ignore[arg-type]
        return Ports(wrap(self.storage.directory), wrap(self.storage.devices), push)

    def begin(self, did: Did) -> Invocation:
        self.now += 1
        now = self.now
        if did.what == "register":
            self.registered.add((did.user, did.device, did.token))
        return Invocation(lambda i: self.do(did, now, self.ports(lambda port: Stepped(port, i))))

    def do(self, did: Did, now: int, ports: Ports) -> None:
        match did.what:
            case "register":
                devices.register(did.user, did.device, Told("fcm", did.token), now, ports)
            case "unregister":
                devices.unregister(did.user, did.device, now, ports)
            case "erase":
                devices.give_up_all(did.user, now, ports)
            case "push":
                for device in ports.connections.recipients([did.user], strong=True)[did.user].devices:
                    if ports.push.send([device], NOTE) == [Delivery.GONE]:
                        endpoints.gone(did.user, device, now, ports.devices, ports.push)

    def run(self, *done: Did) -> None:
        for did in done:
            self.now += 1
            if did.what == "register":
                self.registered.add((did.user, did.device, did.token))
            self.do(did, self.now, self.ports())

    def held(self) -> dict[tuple[str, str], PushDevice]:
        recipients = self.storage.directory.find(recipients=USERS, strong=True).recipients
        return {(u, d.id): d for u, r in recipients.items() for d in r.devices}

    def nobody_is_shown_anothers(self) -> None:
        """At any moment, a push to a user's device reaches only a phone on which they have signed in."""
        for (user, device), held in self.held().items():
            token = self.sns.tokens.get(held.endpoint)
            assert token is None or (user, device, token) in self.registered

    def settle(self) -> None:
        """Let enough time pass that every killed invocation is dead, then complete what they left undone."""
        self.now += endpoints.LEAVING_IN_A_RUN_MS + 1
        assert endpoints.sweep(self.now, self.storage.devices, self.ports().push)
        assert self.storage.devices.overdue(self.now + endpoints.LEAVING_IN_A_RUN_MS, 10) == []

    def check(self) -> None:
        """Check what must hold when nothing happens any more."""
        self.nobody_is_shown_anothers()
        held = self.held()
        endpoints = [d.endpoint for d in held.values()]
        assert len(set(endpoints)) == len(endpoints)
        for (user, _), device in held.items():
            assert [r.device for r in self.storage.devices.registrations(user, [device])] == [device]

    def nothing_else_is_left(self) -> None:
        """SNS has no endpoint that belongs to nobody, and nothing is stored about a device that has no endpoint."""
        endpoints = {d.endpoint for d in self.held().values()}
        assert set(self.sns.tokens) == endpoints
        names = itertools.product(USERS, ("phone", "tablet"), self.sns.tokens)
        for user, name, endpoint in names:
            known = self.storage.devices.registrations(user, [PushDevice(name, "fcm", endpoint)])
            assert [r.device for r in known] == ([self.held()[user, name]] if known else [])


@pytest.fixture(params=[True, False], ids=["lasting-names", "new-names"])
def phones(storage: Storage, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Phones:
    monkeypatch.setattr(aws_devices, "_PAUSE", 0)
    return Phones(storage, lasting=request.param)


def finish(invocation: Invocation) -> None:
    while not invocation.done:
        invocation.step()
    if invocation.error is not None and not isinstance(invocation.error, (Died, Unavailable)):
        raise invocation.error


def wholly(phones: Phones, done: Sequence[tuple[Did, Invocation]]) -> None:
    """Check what must hold once every invocation has ended."""
    phones.nobody_is_shown_anothers()
    phones.settle()
    phones.check()
    if not any(d.what == "register" and i.error for d, i in done):  # otherwise perhaps nobody checked it
        assert {d.endpoint for d in phones.held().values()} <= set(phones.sns.tokens)
    for did, invocation in done:
        if did.what == "register" and invocation.error is None:
            others = [d for d, i in done if i is not invocation and d.concerns(did)]
            assert others or phones.sns.tokens[phones.held()[did.user, did.device].endpoint] == did.token
    for did, invocation in done:
        if invocation.error is not None:  # its app or Lambda tries again
            phones.run(did)
    phones.settle()
    phones.check()
    phones.nothing_else_is_left()


OLD, NEW, OTHERS = "token-1", "token-2", "token-3"
PAIRS = [
    (Did("register", "bob", token=OLD), Did("register", "alice", token=NEW)),
    (Did("register", "bob", token=OLD), Did("register", "alice", token=OLD)),
    (Did("register", "bob", token=OLD), Did("unregister", "alice")),
    (Did("register", "bob", token=OLD), Did("erase", "alice")),
    (Did("register", "bob", token=OLD), Did("push", "alice")),
    (Did("register", "alice", token=OLD), Did("push", "alice")),
    (Did("register", "alice", token=OLD), Did("unregister", "alice")),
    (Did("register", "alice", token=NEW), Did("unregister", "alice")),
    (Did("register", "alice", token=NEW), Did("push", "alice")),
    (Did("register", "alice", token=NEW), Did("register", "alice", token=OTHERS)),
    (Did("register", "alice", device="tablet", token=OLD), Did("unregister", "alice")),
    (Did("unregister", "alice"), Did("unregister", "alice")),
    (Did("unregister", "alice"), Did("push", "alice")),
]


@pytest.mark.parametrize("dead", [False, True], ids=["alive", "disabled"])
@pytest.mark.parametrize(("one", "other"), PAIRS, ids=str)
@pytest.mark.parametrize("storage", ["memory"], indirect=True)  # DynamoDB gets random choices, below
def test_of_two_either_may_be_stopped_anywhere(phones: Phones, one: Did, other: Did, dead: bool):
    """Alice's phone has a token. One invocation stops after each of its steps, and the other runs meanwhile."""
    for first, second in ((one, other), (other, one)):
        for steps in itertools.count(1):
            phones.run(*(Did("erase", u) for u in USERS), Did("register", "alice", token=OLD))
            if dead:
                phones.sns.disable(OLD)
            waiting = phones.begin(first)
            for _ in range(steps):
                if not waiting.done:
                    waiting.step()
            through = waiting.done
            quick = phones.begin(second)
            while not quick.done:
                quick.step()
                phones.nobody_is_shown_anothers()
            finish(quick)
            finish(waiting)
            wholly(phones, [(first, waiting), (second, quick)])
            if through:
                break
        assert steps > 2


def chosen(chance: random.Random) -> Did:
    what = chance.choice(["register"] * 4 + ["unregister", "unregister", "push", "push", "erase"])
    return Did(what, chance.choice(USERS), chance.choice(("phone", "phone", "tablet")), chance.choice((OLD, NEW)))


@pytest.mark.parametrize("deaths", [0.0, 0.05], ids=["all-live", "some-die"])
def test_an_endpoint_reaches_who_registered_it_wherever_the_others_are_stopped(phones: Phones, deaths: float):
    rounds = 150 if isinstance(phones.storage.devices, MemoryDevices) else 4
    for seed in range(rounds):
        chance = random.Random(seed)
        if chance.random() < 0.5:
            phones.sns.disable(chance.choice((OLD, NEW)))
        all_done = [(did, phones.begin(did)) for did in (chosen(chance) for _ in range(chance.choice((2, 3, 3, 4))))]
        while going := [i for _, i in all_done if not i.done]:
            dies = chance.choice(("before", "after")) if chance.random() < deaths else ""
            chance.choice(going).step(dies)
            phones.nobody_is_shown_anothers()
        for _, invocation in all_done:
            finish(invocation)
        wholly(phones, all_done)


def test_who_is_erased_while_they_register_leaves_no_endpoint(phones: Phones):
    carols = Did("register", "carol", token=OLD)
    for steps in itertools.count(1):
        phones.storage.directory.upsert_user("carol", "consumer", "")
        late = phones.begin(carols)
        for _ in range(steps):
            late.step()
        if phones.storage.directory.find(recipients=["carol"], strong=True).recipients["carol"].devices:
            break  # from here on, an erasure finds it
        while phones.storage.accounts.erase("carol"):
            pass
        while not late.done:
            late.step()
        assert isinstance(late.error, NotFound)
        assert phones.sns.tokens == {}
    assert steps > 3
