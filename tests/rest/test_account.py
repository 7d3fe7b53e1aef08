"""Deleting the account, restoring it, and exporting everything about the caller as one archive."""

from msgspec.structs import replace

from parley.accounts import deletion_requests
from parley.accounts.memory import MemoryJobs
from parley.runtime import dependencies
from tests.rest.asking import Client
from tests.unit.chat.world import World

GOOGLE = {"username": "Google_1122"}


def test_leaving_is_noted_with_when_and_told_until_it_is_taken_back(client: Client, world: World):
    assert client.ask("alice", "GET /me/deletion").status == 404
    answer = client.ask("alice", "DELETE /me")
    assert (answer.status, answer.body) == (
        202,
        {"asked": world.now, "due": world.now + deletion_requests.GRACE_MS, "begun": False},
    )
    assert client.ask("alice", "GET /me/deletion").body == answer.body
    assert [client.ask("alice", "POST /me/restore").status for _ in range(2)] == [204, 204]
    assert client.ask("alice", "GET /me/deletion").status == 404


def test_repeating_it_does_not_put_it_off(client: Client, world: World):
    first = client.ask("alice", "DELETE /me").body
    world.now += 1_000
    assert client.ask("alice", "DELETE /me").body == first


def test_the_identity_providers_own_name_is_noted(client: Client, deps: dependencies.Rest):
    client.ask("alice", "DELETE /me")
    noted = deps.account.accounts.leaving("alice")
    assert noted is not None
    assert noted.username == "alice"


def test_once_it_has_begun_it_is_too_late(client: Client, deps: dependencies.Rest):
    client.ask("alice", "DELETE /me")
    noted = deps.account.accounts.leaving("alice")
    assert noted is not None
    deps.account.accounts.move(noted, replace(noted, stage="begun"))
    answer = client.ask("alice", "POST /me/restore")
    assert (answer.status, answer.body["code"]) == (403, "forbidden")
    assert client.ask("alice", "GET /me/deletion").body["begun"] is True


def test_nobody_leaves_for_another(client: Client):
    client.ask("alice", "DELETE /me")
    assert client.ask("bob", "GET /me/deletion", groups="[provider]").status == 404
    assert client.ask("bob", "POST /me/restore", groups="[provider]").status == 204
    assert client.ask("alice", "GET /me/deletion").status == 200


def test_who_does_not_exist_cannot_leave_and_has_nothing_to_export(client: Client):
    assert client.ask("nobody", "DELETE /me").status == 404
    assert client.ask("nobody", "GET /me/export").status == 404


def test_an_archive_is_made_while_nobody_waits_and_then_has_an_address(
    client: Client, deps: dependencies.Rest, world: World
):
    first = client.ask("alice", "GET /me/export")
    assert (first.status, first.headers["Retry-After"], first.body) == (202, "10", {"asked": world.now})
    assert client.ask("alice", "GET /me/export").status == 202
    asking = deps.account.exports
    assert isinstance(asking.jobs, MemoryJobs)
    ((export, username),) = asking.jobs.asked
    assert username == "alice"
    asking.exports.replace(export, replace(export, made=world.now + 5, size=9))
    ready = client.ask("alice", "GET /me/export")
    assert (ready.status, ready.body["size"], ready.body["made"]) == (200, 9, world.now + 5)
    assert ready.body["url"] == f"https://files.example/{export.key}?for=300"
    assert client.ask("bob", "GET /me/export", groups="[provider]").status == 202
