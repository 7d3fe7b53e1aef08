"""Media over HTTP. Alice is a consumer, Bob a provider."""

from hashlib import sha256
from typing import Any

import pytest

from parley.chat.model import PROFILE
from tests.rest.asking import Client
from tests.unit.chat.world import DM, World
from tests.unit.media.studio import PDF, Studio, image, unknown

PROVIDER = "[consumer provider]"


@pytest.fixture
def world() -> World:
    made = World()
    made.now = 1_795_417_200_000
    return made


def file(data: bytes = PDF, type: str = "application/pdf", within: str = DM, **differently: Any) -> dict[str, Any]:
    told = {"type": type, "size": len(data), "sha256": sha256(data).hexdigest(), "within": within}
    return told | differently


def uploaded(client: Client, studio: Studio, data: bytes = PDF, **told: Any) -> str:
    answer = client.ask("alice", "POST /media", file(data, **told))
    assert answer.status == 201
    media = studio.registry.media(answer.body["media"])
    assert media is not None
    studio.put(media, data)
    return media.id


def test_an_upload_is_allowed_verified_and_linked_to(client: Client, studio: Studio, world: World):
    begun = client.ask("alice", "POST /media", file())
    assert (begun.status, begun.body["expires"]) == (201, world.now + 15 * 60 * 1000)
    assert begun.body["fields"]["Content-Type"] == "application/pdf"
    name = begun.body["media"]
    assert client.ask("alice", f"GET /media/{name}").body["state"] == "pending"
    assert client.ask("bob", f"GET /media/{name}", groups=PROVIDER).status == 404
    studio.put(studio.registry.media(name), PDF)
    shown = client.ask("bob", f"GET /media/{name}", groups=PROVIDER)
    assert (shown.status, shown.body["state"], shown.body["type"]) == (200, "ready", "application/pdf")
    assert (shown.body["url"] != "", shown.body["thumbnail"], shown.body["expires"]) == (True, "", world.now + 300_000)


@pytest.mark.parametrize(
    ("bad", "status", "code"),
    [
        ({"size": 5 * 2**30}, 413, "too_large"),
        ({"size": 0}, 400, "bad_request"),
        ({"size": -1}, 400, "bad_request"),
        ({"size": "100"}, 400, "bad_request"),
        ({"size": 10**40}, 400, "bad_request"),
        ({"type": "text/html"}, 400, "bad_request"),
        ({"type": "image/svg+xml"}, 400, "bad_request"),
        ({"sha256": "AB" * 32}, 400, "bad_request"),
        ({"sha256": "ab" * 31}, 400, "bad_request"),
        ({"within": "dm:bob:carol"}, 403, "forbidden"),
        ({"within": "dm:alice:nobody"}, 404, "not_found"),
        ({"within": "dm:alice:../bob"}, 400, "bad_request"),
        ({"within": ""}, 400, "bad_request"),
        ({"within": PROFILE}, 400, "bad_request"),
        ({"key": "files/mine"}, 400, "bad_request"),
        ({"owner": "bob"}, 400, "bad_request"),
    ],
)
def test_a_bad_upload_is_refused_and_leaves_nothing(
    client: Client, studio: Studio, world: World, bad: dict[str, Any], status: int, code: str
):
    world.stored.upsert_user("carol", "provider", "Carol")
    answer = client.ask("alice", "POST /media", file(**bad))
    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert studio.registry.owned("alice", "", 5) == ([], False)


@pytest.mark.parametrize("within", [DM, PROFILE])
def test_a_token_whose_user_is_gone_uploads_nothing(client: Client, studio: Studio, world: World, within: str):
    del world.stored.users["alice"]
    answer = client.ask("alice", "POST /media", file(image(), "image/png", within))
    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert studio.registry.owned("alice", "", 5) == ([], False)


def test_who_is_blocked_uploads_nothing(client: Client, world: World):
    world.directory.block("bob", "alice")
    assert client.ask("alice", "POST /media", file()).body["code"] == "blocked"


@pytest.mark.parametrize(
    "name",
    ["x", "..", "%2e%2e%2fme", "01JDA0000000000000000000A", "01jda0000000000000000000aa", "files/01JDA0000", "U#a"],
)
def test_tricks_in_ids_lead_nowhere(client: Client, name: str):
    assert client.ask("alice", f"GET /media/{name}").status in {400, 404}


def test_what_is_not_there_is_not_found(client: Client):
    answer = client.ask("alice", f"GET /media/{unknown()}")
    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_who_is_not_a_member_does_not_learn_of_it(client: Client, studio: Studio, world: World):
    world.stored.upsert_user("carol", "provider", "Carol")
    name = uploaded(client, studio)
    assert client.ask("carol", f"GET /media/{name}", groups=PROVIDER).status == 404


def test_a_file_whose_bytes_are_not_its_type_is_refused_and_its_owner_told_why(client: Client, studio: Studio):
    name = uploaded(client, studio, b"<html><script>alert(1)</script>")
    shown = client.ask("alice", f"GET /media/{name}").body
    assert (shown["state"], shown["url"]) == ("refused", "")
    assert "not the bytes" in shown["reason"]
    assert studio.objects.objects == {}


def test_a_message_may_carry_it_once_it_is_verified(client: Client, studio: Studio, world: World):
    begun = client.ask("alice", "POST /media", file()).body
    said = {"id": "m1", "after": 0, "body": {"media": [begun["media"]]}}
    early = client.ask("alice", f"POST /conversations/{DM}/entries", said)
    assert (early.status, early.body["code"], early.body["retryable"]) == (409, "not_ready", True)
    studio.put(studio.registry.media(begun["media"]), PDF)
    assert client.ask("alice", f"POST /conversations/{DM}/entries", said).status in {200, 201}
    stolen = {"id": "m2", "after": 1, "body": {"media": [begun["media"]]}}
    assert client.ask("bob", f"POST /conversations/{DM}/entries", stolen, groups=PROVIDER).status == 404


def test_what_is_archived_answers_202_until_it_is_back(client: Client, studio: Studio, world: World):
    name = uploaded(client, studio)
    media = studio.registry.media(name)
    assert media is not None
    studio.archive(media)
    for _ in range(2):
        answer = client.ask("bob", f"GET /media/{name}", groups=PROVIDER)
        assert (answer.status, answer.body["state"], answer.body["url"]) == (202, "restoring", "")
    studio.bring_back(media)
    assert client.ask("bob", f"GET /media/{name}", groups=PROVIDER).status == 200


def test_a_photo_is_ones_own_verified_and_kept_while_it_is_shown(client: Client, studio: Studio, world: World):
    photo = image()
    begun = client.ask("alice", "POST /media", file(photo, "image/png", PROFILE)).body["media"]
    early = client.ask("alice", "PATCH /me", {"photo": begun})
    assert (early.status, early.body["code"]) == (409, "not_ready")
    studio.put(studio.registry.media(begun), photo)
    assert client.ask("bob", "PATCH /me", {"photo": begun}, groups=PROVIDER).status == 404
    assert client.ask("alice", "PATCH /me", {"photo": begun}).body["photo"] == begun
    assert world.stored.attachments[begun].until == 0
    other = uploaded(client, studio, image("JPEG"), type="image/jpeg", within=PROFILE)
    assert client.ask("alice", "PATCH /me", {"photo": other}).status == 200
    assert world.stored.attachments[begun].until > world.now
    assert client.ask("alice", "PATCH /me", {"photo": ""}).status == 200
    assert world.stored.attachments[other].until > world.now


@pytest.mark.parametrize("photo", [unknown(), "01JDA0000000000000000000AA"])
def test_a_photo_that_is_not_there_changes_nothing(client: Client, photo: str):
    assert client.ask("alice", "PATCH /me", {"photo": photo}).status == 404
    assert client.ask("alice", "GET /me").headers["ETag"] == '"0"'
