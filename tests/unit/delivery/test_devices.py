"""Endpoints that could not be deleted at once, and dead ones that pushes find."""

import pytest

from parley.core.errors import BadRequest, Unavailable
from parley.delivery import devices, endpoints
from parley.delivery.model import PushDevice
from parley.delivery.ports import IN_USE, Delivery
from tests.unit.chat.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.register("alice", "phone", "fcm", "token")
    return world


def ports(world: World) -> devices.Ports:
    return devices.Ports(world.directory, world.devices, world.push)


def failing(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make SNS delete nothing. Returns what it was asked to delete."""
    asked: list[str] = []

    def forget(endpoint: str) -> bool:
        asked.append(endpoint)
        return False

    monkeypatch.setattr(world.push, "forget", forget)
    return asked


def test_what_cannot_be_deleted_now_is_deleted_later(world: World, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        assert failing(world, patched) == []
        devices.unregister("alice", "phone", world.now, ports(world))
        assert world.stored.users["alice"].devices == ()
        with pytest.raises(Unavailable):  # the deletion may still be on its way
            world.register("bob", "phone", "fcm", "token")
    assert endpoints.sweep(world.now, world.devices, world.push)
    assert world.push.forgotten == []
    world.now += endpoints.LEAVING_MS
    assert endpoints.sweep(world.now, world.devices, world.push)
    assert world.push.forgotten == ["fcm/token"]
    assert world.register("bob", "phone", "fcm", "token")


def test_a_few_that_cannot_be_deleted_end_a_sweep_and_are_the_last_in_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    asked = failing(world, monkeypatch)
    for number in range(7):
        assert world.devices.abandon(f"arn:{number}", world.now, world.now + number) != IN_USE
    for _ in range(2):
        world.now += endpoints.LEAVING_IN_A_RUN_MS
        assert not endpoints.sweep(world.now, world.devices, world.push)
    assert asked == [f"arn:{n}" for n in (0, 1, 2, 3, 4, 5, 6, 0, 1, 2)]


def test_a_device_that_has_registered_since_a_push_failed_is_kept(world: World):
    [device] = world.stored.users["alice"].devices
    world.push.failing[device.endpoint] = Delivery.GONE
    world.now += 1
    world.register("alice", "phone", "fcm", "token")
    assert not endpoints.gone("alice", device, world.now, world.devices, world.push)
    assert world.stored.users["alice"].devices == (device,)


def test_what_cannot_be_looked_at_is_kept_for_the_next_push(world: World, monkeypatch: pytest.MonkeyPatch):
    def busy(_: str) -> bool:
        raise Unavailable("busy", retry_after=1)

    monkeypatch.setattr(world.push, "dead", busy)
    [device] = world.stored.users["alice"].devices
    assert not endpoints.gone("alice", device, world.now, world.devices, world.push)
    assert world.stored.users["alice"].devices == (device,)


def test_one_that_was_given_up_meanwhile_is_gone(world: World):
    [device] = world.stored.users["alice"].devices
    devices.unregister("alice", "phone", world.now, ports(world))
    assert endpoints.gone("alice", device, world.now, world.devices, world.push)
    assert world.push.forgotten == ["fcm/token"]


def test_who_is_refused_at_the_last_moment_leaves_no_endpoint(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(devices, "_devices", lambda *_: ())  # as if read before the others were registered
    monkeypatch.setattr(devices, "MOST_DEVICES", 1)
    with pytest.raises(BadRequest):
        world.register("alice", "one-more", "fcm", "another")
    assert world.push.forgotten == ["fcm/another"]
    assert [d.endpoint for d in world.stored.users["alice"].devices] == ["fcm/token"]


def test_who_finds_the_endpoint_deleted_makes_it_again(world: World, monkeypatch: pytest.MonkeyPatch):
    answers = [True]
    monkeypatch.setattr(world.push, "dead", lambda _: answers.pop() if answers else False)
    assert world.register("bob", "phone", "fcm", "new") == PushDevice("phone", "fcm", "fcm/new")
    assert answers == []
