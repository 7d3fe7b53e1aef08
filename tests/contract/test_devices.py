"""``chat.ports.Devices``, on every adapter."""

import random

import pytest

from chat.errors import NotFound
from chat.model import Platform, PushDevice, Registration
from tests.contract.conftest import Storage

USERS = ("alice", "bob", "carol")


@pytest.fixture(autouse=True)
def users(storage: Storage) -> None:
    for user in USERS:
        storage.directory.enrol(user, "consumer", user)


def registration(id: str, endpoint: str, at: int = 1, platform: Platform = "fcm") -> Registration:
    return Registration(PushDevice(id, platform, endpoint), app_version="1.0", locale="de", at=at)


def devices(storage: Storage, user: str) -> set[PushDevice]:
    return set(storage.directory.find(reach=[user], strong=True).reach[user].devices)


def test_a_registered_device_is_pushed_to_and_known_by_what_was_told(storage: Storage):
    first, second = registration("phone", "arn:1"), registration("tablet", "arn:2", platform="apns")
    storage.devices.register("alice", first)
    storage.devices.register("alice", second)
    assert devices(storage, "alice") == {first.device, second.device}
    known = storage.devices.registrations("alice", [second.device, first.device])
    assert sorted(known, key=lambda r: r.device.id) == [first, second]
    assert storage.devices.registrations("alice", []) == []


def test_registering_again_renews_what_was_told(storage: Storage):
    storage.devices.register("alice", registration("phone", "arn:1"))
    later = Registration(PushDevice("phone", "fcm", "arn:1"), "2.0", "fr", at=9)
    storage.devices.register("alice", later)
    assert storage.devices.registrations("alice", [later.device]) == [later]


def test_a_device_has_one_endpoint_and_gives_up_the_one_before(storage: Storage):
    old, new = registration("phone", "arn:1"), registration("phone", "arn:2")
    storage.devices.register("alice", old)
    storage.devices.register("alice", new)
    assert devices(storage, "alice") == {new.device}
    assert storage.devices.registrations("alice", [old.device]) == []
    storage.devices.register("bob", registration("phone", "arn:1"))
    assert devices(storage, "alice") == {new.device}


def test_an_endpoint_moves_to_who_registers_it_and_leaves_who_had_it(storage: Storage):
    alices, bobs = registration("phone", "arn:1"), registration("his-phone", "arn:1", at=2)
    storage.devices.register("alice", alices)
    storage.devices.register("alice", registration("tablet", "arn:2"))
    storage.devices.register("bob", bobs)
    assert devices(storage, "alice") == {PushDevice("tablet", "fcm", "arn:2")}
    assert devices(storage, "bob") == {bobs.device}
    assert storage.devices.registrations("alice", [alices.device]) == []
    assert storage.devices.registrations("bob", [bobs.device]) == [bobs]


def test_an_endpoint_moves_between_two_devices_of_one_user(storage: Storage):
    storage.devices.register("alice", registration("phone", "arn:1"))
    moved = registration("reinstalled", "arn:1")
    storage.devices.register("alice", moved)
    assert devices(storage, "alice") == {moved.device}


def test_what_the_notifier_has_forgotten_can_be_registered_by_anybody(storage: Storage):
    storage.devices.register("alice", registration("phone", "arn:1"))
    storage.directory.remove_device("alice", PushDevice("phone", "fcm", "arn:1"))
    newer = registration("phone", "arn:2")
    storage.devices.register("alice", newer)
    storage.devices.register("bob", registration("phone", "arn:1"))
    assert (devices(storage, "alice"), len(devices(storage, "bob"))) == ({newer.device}, 1)


def test_a_removed_device_is_gone_and_only_its_own_endpoint_is_given_up(storage: Storage):
    alices = registration("phone", "arn:1")
    storage.devices.register("alice", alices)
    storage.devices.register("bob", registration("phone", "arn:1"))
    assert not storage.devices.remove("alice", alices.device)
    assert len(devices(storage, "bob")) == 1
    assert storage.devices.remove("bob", alices.device)
    assert not storage.devices.remove("bob", alices.device)
    assert devices(storage, "bob") == set()


def test_a_device_needs_a_user(storage: Storage):
    storage.devices.register("alice", registration("phone", "arn:1"))
    with pytest.raises(NotFound):
        storage.devices.register("nobody", registration("phone", "arn:1"))
    assert len(devices(storage, "alice")) == 1


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_an_endpoint_reaches_who_registered_it_last_and_nobody_else(storage: Storage, seed: int):
    chance = random.Random(seed)
    owners: dict[str, tuple[str, str]] = {}
    for step in range(25):
        user, name, endpoint = chance.choice(USERS), chance.choice("pq"), chance.choice(("arn:1", "arn:2", "arn:3"))
        device = PushDevice(name, "fcm", endpoint)
        what = chance.random()
        if what < 0.7:
            storage.devices.register(user, registration(name, endpoint, at=step))
            owners = {e: o for e, o in owners.items() if o != (user, name)} | {endpoint: (user, name)}
        else:
            (storage.devices.remove if what < 0.85 else storage.directory.remove_device)(user, device)
            if owners.get(endpoint) == (user, name):
                del owners[endpoint]
        held = {d.endpoint: (u, d.id) for u in USERS for d in devices(storage, u)}
        assert held == owners
        assert sum(len(devices(storage, u)) for u in USERS) == len(owners)
