"""``parley.delivery.ports.Devices``, on every adapter. ``test_phones`` stops its callers anywhere."""

import itertools
import random

import pytest

from parley.core.errors import BadRequest, NotFound, Unavailable
from parley.delivery.model import Platform, PushDevice, Registration
from parley.delivery.ports import IN_USE, RegistrationResult, ReleasedEndpoint
from tests.contract.conftest import Storage

USERS = ("alice", "bob", "carol")


@pytest.fixture(autouse=True)
def users(storage: Storage) -> None:
    for user in USERS:
        storage.directory.upsert_user(user, "consumer", user)


def registration(id: str, endpoint: str, at: int = 1, platform: Platform = "fcm") -> Registration:
    return Registration(PushDevice(id, platform, endpoint), app_version="1.0", locale="de", at=at)


def register(storage: Storage, user: str, new: Registration, most: int = 9, until: int = 100) -> RegistrationResult:
    return storage.devices.register(user, new, most, until)


def devices(storage: Storage, user: str) -> set[PushDevice]:
    return set(storage.directory.find(recipients=[user], strong=True).recipients[user].devices)


def test_a_registered_device_is_pushed_to_and_known_by_what_was_told(storage: Storage):
    first, second = registration("phone", "arn:1"), registration("tablet", "arn:2", platform="apns")
    register(storage, "alice", first)
    register(storage, "alice", second)
    assert devices(storage, "alice") == {first.device, second.device}
    known = storage.devices.registrations("alice", [second.device, first.device])
    assert sorted(known, key=lambda r: r.device.id) == [first, second]
    assert storage.devices.registrations("alice", []) == []


def test_registering_again_renews_what_was_told(storage: Storage):
    register(storage, "alice", registration("phone", "arn:1"))
    later = Registration(PushDevice("phone", "fcm", "arn:1"), "2.0", "fr", at=9)
    register(storage, "alice", later)
    assert storage.devices.registrations("alice", [later.device]) == [later]


def test_a_device_has_one_endpoint_and_gives_up_the_one_before(storage: Storage):
    old, new = registration("phone", "arn:1"), registration("phone", "arn:2")
    register(storage, "alice", old)
    register(storage, "alice", new)
    assert devices(storage, "alice") == {new.device}
    assert storage.devices.registrations("alice", [old.device]) == []
    register(storage, "bob", registration("phone", "arn:1", at=100))
    assert devices(storage, "alice") == {new.device}


def test_an_endpoint_moves_to_who_registers_it_and_leaves_who_had_it(storage: Storage):
    alices, bobs = registration("phone", "arn:1"), registration("his-phone", "arn:1", at=2)
    register(storage, "alice", alices)
    register(storage, "alice", registration("tablet", "arn:2"))
    register(storage, "bob", bobs)
    assert devices(storage, "alice") == {PushDevice("tablet", "fcm", "arn:2")}
    assert devices(storage, "bob") == {bobs.device}
    assert storage.devices.registrations("alice", [alices.device]) == []
    assert storage.devices.registrations("bob", [bobs.device]) == [bobs]


def test_an_endpoint_moves_between_two_devices_of_one_user(storage: Storage):
    register(storage, "alice", registration("phone", "arn:1"))
    moved = registration("reinstalled", "arn:1")
    register(storage, "alice", moved)
    assert devices(storage, "alice") == {moved.device}


def test_a_device_that_is_left_is_forgotten_and_its_endpoint_is_nobodys_until_it_is_deleted(storage: Storage):
    alices, bobs = registration("phone", "arn:1"), registration("phone", "arn:1", at=2)
    register(storage, "alice", alices)
    left = storage.devices.leave("alice", alices, until=50)
    assert left == ReleasedEndpoint("arn:1", 50)
    assert (devices(storage, "alice"), storage.devices.registrations("alice", [alices.device])) == (set(), [])
    with pytest.raises(Unavailable):
        register(storage, "bob", bobs)
    assert storage.devices.abandon("arn:1", now=49, until=60) == IN_USE
    storage.devices.deleted(left)
    register(storage, "bob", bobs)
    assert devices(storage, "bob") == {bobs.device}
    assert storage.devices.overdue(1_000, 10) == []


def test_who_has_lost_an_endpoint_or_registered_again_does_not_leave_it(storage: Storage):
    alices, bobs = registration("phone", "arn:1"), registration("phone", "arn:1", at=2)
    register(storage, "alice", alices)
    register(storage, "bob", bobs)
    assert storage.devices.leave("alice", alices, until=50) == IN_USE
    register(storage, "bob", registration("phone", "arn:1", at=3))
    assert storage.devices.leave("bob", bobs, until=50) == IN_USE
    assert storage.devices.abandon("arn:1", now=9, until=50) == IN_USE
    assert len(devices(storage, "bob")) == 1
    assert storage.devices.overdue(1_000, 10) == []


def test_the_endpoint_that_a_device_had_before_is_left(storage: Storage):
    old, new = registration("phone", "arn:1"), registration("phone", "arn:2", at=2)
    assert register(storage, "alice", old) == RegistrationResult(renewed=False)
    assert register(storage, "alice", old) == RegistrationResult(renewed=True)
    assert register(storage, "alice", new, until=50) == RegistrationResult(
        renewed=False, left=ReleasedEndpoint("arn:1", 50)
    )
    assert storage.devices.overdue(50, 10) == [ReleasedEndpoint("arn:1", 50)]


def test_what_was_left_too_long_is_told_and_another_may_have_it_or_delete_it(storage: Storage):
    for number, until in ((1, 70), (2, 60), (3, 80)):
        assert storage.devices.abandon(f"arn:{number}", now=1, until=until) != IN_USE
    assert storage.devices.overdue(59, 10) == []
    assert storage.devices.overdue(70, 10) == [ReleasedEndpoint("arn:2", 60), ReleasedEndpoint("arn:1", 70)]
    assert storage.devices.overdue(70, 1) == [ReleasedEndpoint("arn:2", 60)]
    again = storage.devices.abandon("arn:2", now=60, until=90)
    assert again == ReleasedEndpoint("arn:2", 90)
    storage.devices.deleted(ReleasedEndpoint("arn:2", 60))  # by a deleter that was thought to be dead
    assert storage.devices.overdue(100, 10) == [
        ReleasedEndpoint("arn:1", 70),
        ReleasedEndpoint("arn:3", 80),
        ReleasedEndpoint("arn:2", 90),
    ]
    storage.devices.deleted(again)
    register(storage, "bob", registration("phone", "arn:1", at=71))
    assert storage.devices.overdue(100, 10) == [ReleasedEndpoint("arn:3", 80)]


def test_there_are_so_many_devices_and_one_may_take_anothers_place(storage: Storage):
    for name in "ab":
        register(storage, "alice", registration(name, f"arn:{name}"), most=2)
    with pytest.raises(BadRequest):
        register(storage, "alice", registration("c", "arn:c"), most=2)
    assert storage.devices.abandon("arn:c", now=1, until=2) != IN_USE  # nobody has it
    register(storage, "alice", registration("b", "arn:d", at=3), most=2)
    register(storage, "alice", registration("c", "arn:a", at=4), most=2)
    assert {d.id for d in devices(storage, "alice")} == {"b", "c"}
    [known] = storage.devices.registrations("alice", [PushDevice("c", "fcm", "arn:a")])
    assert storage.devices.leave("alice", known, until=9) != IN_USE
    register(storage, "alice", registration("e", "arn:e", at=5), most=2)


def test_a_device_needs_a_user(storage: Storage):
    register(storage, "alice", registration("phone", "arn:1"))
    with pytest.raises(NotFound):
        register(storage, "nobody", registration("phone", "arn:1"))
    assert len(devices(storage, "alice")) == 1


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_an_endpoint_reaches_who_registered_it_last_and_nobody_else(storage: Storage, seed: int):
    chance = random.Random(seed)
    owners: dict[str, tuple[str, str, int]] = {}
    for step in range(25):
        user, name, endpoint = chance.choice(USERS), chance.choice("pq"), chance.choice(("arn:1", "arn:2", "arn:3"))
        before = {e: o for e, o in owners.items() if o[:2] == (user, name)}
        if chance.random() < 0.7:
            taken = register(storage, user, registration(name, endpoint, at=step), until=step + 1)
            assert (
                [taken.left] if taken.left else [ReleasedEndpoint(e, step + 1) for e in before if e != endpoint] == []
            )
            owners = {e: o for e, o in owners.items() if e not in before} | {endpoint: (user, name, step)}
        else:
            at = owners[endpoint][2] - chance.choice((0, 0, 1)) if endpoint in owners else step
            left = storage.devices.leave(user, registration(name, endpoint, at=at), until=step + 1)
            assert isinstance(left, ReleasedEndpoint) == (owners.get(endpoint) == (user, name, at))
            if isinstance(left, ReleasedEndpoint):
                del owners[endpoint]
        held = {u: devices(storage, u) for u in USERS}
        assert {d.endpoint: (u, d.id) for u in USERS for d in held[u]} == {e: o[:2] for e, o in owners.items()}
        assert sum(len(d) for d in held.values()) == len(owners)
        for u, n in itertools.product(USERS, "pq"):
            known = storage.devices.registrations(u, [PushDevice(n, "fcm", f"arn:{i}") for i in (1, 2, 3)])
            assert {r.device.endpoint: (u, n, r.at) for r in known} == {
                e: o for e, o in owners.items() if o[:2] == (u, n)
            }
