import pytest

from parley.delivery.devices import MOST_DEVICES
from parley.runtime import dependencies
from rest import app
from tests.rest.asking import Client, http
from tests.unit.chat.world import DM, World

ANDROID = {"platform": "fcm", "token": "token-1", "app_version": "2.1", "locale": "de-AT"}


def put(client: Client, by: str = "alice", device: str = "phone", **changes: object):
    return client.ask(by, f"PUT /me/devices/{device}", ANDROID | changes)


def listed(client: Client, by: str = "alice") -> list[str]:
    return [d["device"] for d in client.ask(by, "GET /me/devices").body["devices"]]


def pushed(world: World, token: str = "token-1") -> int:
    """How many pushes an app has received."""
    return len(world.push.sent.get(f"fcm/{token}", []))


def test_a_registered_device_is_pushed_to_and_listed_without_its_token(client: Client, world: World):
    answer = put(client)
    shown = {"device": "phone", "platform": "fcm", "app_version": "2.1", "locale": "de-AT", "at": world.now}
    assert (answer.status, answer.body) == (200, shown)
    assert client.ask("alice", "GET /me/devices").body == {"devices": [shown], "cursor": None}
    world.send(world.bob, "m1", 0)
    world.notify(world.entries.entries[DM])
    assert pushed(world) == 1


def test_registering_again_renews_it(client: Client, world: World):
    put(client)
    world.now += 5
    put(client, token="token-2", app_version="2.2")
    [device] = client.ask("alice", "GET /me/devices").body["devices"]
    assert (device["app_version"], device["at"]) == ("2.2", world.now)
    assert world.push.forgotten == ["fcm/token-1"]


def test_who_registers_for_another_platform_leaves_the_endpoint_of_the_one_before(client: Client, world: World):
    put(client)
    put(client, platform="apns", token="token-2")
    client.ask("alice", "DELETE /me/devices/phone")
    assert world.push.forgotten == ["fcm/token-1", "apns/token-2"]


def test_who_signs_in_on_a_phone_takes_its_pushes_over(client: Client, world: World):
    put(client, "alice")
    put(client, "bob")
    assert (listed(client, "alice"), listed(client, "bob")) == ([], ["phone"])
    world.send(world.bob, "m1", 0)
    world.notify(world.entries.entries[DM])
    assert pushed(world) == 0  # the push would be for alice, on a phone that is bob's now


def test_a_device_is_pushed_to_no_longer_after_signing_out(client: Client, world: World):
    put(client)
    put(client, device="tablet", token="token-2")
    assert client.ask("alice", "DELETE /me/devices/phone").status == 204
    assert client.ask("alice", "DELETE /me/devices/phone").status == 204
    assert client.ask("nobody", "DELETE /me/devices/phone").status == 204
    assert listed(client) == ["tablet"]
    assert world.push.forgotten == ["fcm/token-1"]


def test_signing_out_late_takes_nothing_from_who_has_the_phone_now(client: Client, world: World):
    put(client, "alice")
    put(client, "bob")
    client.ask("alice", "DELETE /me/devices/phone")
    assert (listed(client, "bob"), world.push.forgotten) == (["phone"], [])


def test_there_are_so_many_devices(client: Client):
    for n in range(MOST_DEVICES):
        put(client, device=f"d{n}", token=f"t{n}")
    answer = put(client, device="one-more", token="t")
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert put(client, device="d7", token="t7b").status == 200
    assert len(listed(client)) == MOST_DEVICES


def test_who_is_not_known_yet_has_none(client: Client):
    assert put(client, "nobody").status == 404
    assert client.ask("nobody", "GET /me/devices").status == 404


@pytest.mark.parametrize(
    "changes",
    [{"platform": "web"}, {"platform": None}, {"token": ""}, {"token": "a b"}, {"token": "x" * 2_049}, {"token": 7},
     {"app_version": "x" * 33}, {"app_version": "a\nb"}, {"locale": "deutsch, bitte"}, {"endpoint": "arn:aws:sns"}],
)  # fmt: skip
def test_bad_registrations_are_refused(client: Client, changes: dict[str, object]):
    answer = put(client, **changes)
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert listed(client) == []


@pytest.mark.parametrize("device", ["x" * 65, "a b", "..", "a.b", "a:b"])
def test_a_bad_device_id_is_refused(client: Client, device: str):
    assert put(client, device=device).status in {400, 404}
    assert listed(client) == []


def test_an_answer_without_a_body_has_none(client: Client, deps: dependencies.Rest):
    event = http("DELETE", "/me/devices/phone")
    answer = app.respond(event, app.application(deps, lambda: 0), deps, None)
    assert (answer["statusCode"], "body" in answer) == (204, False)
