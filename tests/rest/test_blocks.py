import pytest

from tests.rest.asking import Client
from tests.unit.chat.world import World


def test_who_is_blocked_cannot_write_and_can_again_afterwards(client: Client, world: World):
    message = {"id": "m1", "after": 0, "body": {"text": "Hi"}}
    assert client.ask("bob", "PUT /me/blocks/alice").status == 204
    assert client.ask("bob", "PUT /me/blocks/alice").status == 204
    assert client.ask("alice", "POST /conversations/dm:alice:bob/entries", message).body["code"] == "blocked"
    assert client.ask("bob", "DELETE /me/blocks/alice").status == 204
    assert client.ask("bob", "DELETE /me/blocks/alice").status == 204
    assert client.ask("alice", "POST /conversations/dm:alice:bob/entries", message).status == 201


def test_blocks_are_listed_with_what_the_asker_may_know(client: Client, world: World):
    world.stored.upsert_user("carol", "consumer", "Carol")
    for user in ("carol", "bob"):
        client.ask("alice", f"PUT /me/blocks/{user}")
    blocks = [{"user": "bob", "name": "Bob", "photo": ""}, {"user": "carol", "name": "", "photo": ""}]
    assert client.ask("alice", "GET /me/blocks").body == {"blocks": blocks, "cursor": None}
    assert client.ask("bob", "GET /me/blocks").body == {"blocks": [], "cursor": None}


def test_they_come_in_pages(client: Client, world: World):
    for n in range(60):
        world.stored.upsert_user(f"u{n}", "consumer", "")
        client.ask("alice", f"PUT /me/blocks/u{n}")
    first = client.ask("alice", "GET /me/blocks").body
    rest = client.ask("alice", "GET /me/blocks", cursor=first["cursor"]).body
    users = [b["user"] for b in first["blocks"] + rest["blocks"]]
    assert (users, rest["cursor"]) == (sorted(f"u{n}" for n in range(60)), None)


@pytest.mark.parametrize(("user", "status"), [("alice", 400), ("a b", 400), ("x" * 65, 400)])
def test_who_cannot_be_blocked_is_not(client: Client, user: str, status: int):
    assert client.ask("alice", f"PUT /me/blocks/{user}").status == status
    assert client.ask("alice", "GET /me/blocks").body["blocks"] == []


def test_whether_a_user_exists_shows_in_no_block(client: Client, world: World):
    world.stored.upsert_user("carol", "consumer", "Carol")
    for user in ("carol", "nobody"):
        assert client.ask("alice", f"PUT /me/blocks/{user}").status == 204
    shown = client.ask("alice", "GET /me/blocks").body["blocks"]
    assert shown == [{"user": u, "name": "", "photo": ""} for u in ("carol", "nobody")]


def test_who_does_not_exist_any_more_blocks_nobody(client: Client, world: World):
    answer = client.ask("nobody", "PUT /me/blocks/alice")
    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert world.stored.blocks == set()


def test_a_forged_cursor_is_refused(client: Client):
    assert client.ask("alice", "GET /me/blocks", cursor="Zm9v").status == 400
