"""What an app keeps for its user."""

from typing import Any

import pytest

from tests.rest.asking import Client
from tests.unit.chat.world import World

NEW = {"if-none-match": "*"}


def put(client: Client, value: Any, headers: dict[str, str] = NEW, user: str = "alice", key: str = "theme") -> Any:
    return client.ask(user, f"PUT /me/data/{key}", {"value": value}, headers=headers)


def test_what_is_kept_is_listed_with_its_version(client: Client):
    first = put(client, {"dark": True, "size": 1.0, "none": None})
    assert (first.status, first.headers["ETag"]) == (200, '"1"')
    page = client.ask("alice", "GET /me/data").body
    assert page == {
        "changes": [
            {"key": "theme", "version": 1, "deleted": False, "value": {"dark": True, "size": 1.0, "none": None}}
        ],
        "version": 1, "reset": True, "cursor": None,
    }  # fmt: skip


@pytest.mark.parametrize("value", [None, 0, False, "", [], 2**80, "ä\u0000 \U0001f600"])
def test_any_json_comes_back_as_it_was(client: Client, value: Any):
    assert put(client, value).body["value"] == value
    assert client.ask("alice", "GET /me/data").body["changes"][0]["value"] == value


def test_a_stale_version_is_a_conflict_that_shows_what_is_stored(client: Client):
    put(client, 1)
    put(client, 2, {"if-match": '"1"'})
    answer = put(client, 3, {"if-match": '"1"'})
    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert answer.body["current"] == {"key": "theme", "version": 2, "deleted": False, "value": 2}
    assert put(client, 3).body["current"]["version"] == 2
    deleted = client.ask("alice", "DELETE /me/data/theme", headers={"if-match": '"1"'})
    assert (deleted.status, deleted.body["current"]["value"]) == (409, 2)


def test_a_change_of_what_was_deleted_is_a_conflict_with_its_tombstone(client: Client):
    put(client, 1)
    assert client.ask("alice", "DELETE /me/data/theme", headers={"if-match": '"1"'}).status == 204
    answer = put(client, 2, {"if-match": '"1"'})
    assert answer.body["current"] == {"key": "theme", "version": 2, "deleted": True, "value": None}


def test_deletions_are_listed_and_repeating_one_changes_nothing(client: Client):
    put(client, 1)
    assert [client.ask("alice", "DELETE /me/data/theme").status for _ in range(2)] == [204, 204]
    page = client.ask("alice", "GET /me/data", since="1").body
    assert page["changes"] == [{"key": "theme", "version": 2, "deleted": True, "value": None}]
    assert (page["version"], page["reset"]) == (2, False)


@pytest.mark.parametrize(
    "headers",
    [{}, {"if-match": '"1"', "if-none-match": "*"}, {"if-none-match": '"1"'}, {"if-match": "x"}, {"if-match": 'W/"1"'}],
)
def test_a_change_says_what_it_is_based_on(client: Client, headers: dict[str, str]):
    answer = put(client, 1, headers)
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert client.ask("alice", "GET /me/data").body["version"] == 0


@pytest.mark.parametrize("key", ["..", "a.b", "a%2Fb", "x" * 65, "a b", "ä"])
def test_a_key_is_a_client_id(client: Client, key: str):
    assert put(client, 1, key=key).status in {400, 404}


@pytest.mark.parametrize(
    "body", ["", "1", {}, {"value": 1, "key": "x"}, '{"value": NaN}', '{"value": 1e999}', '{"value": "\\ud800"}',
             '{"value": ' + "[" * 40 + "]" * 40 + "}", '{"value": ' + "[" * 20_000, "[" * 100_000,
             '{"value": ' + "1" * 5_000 + "}"],
)  # fmt: skip
def test_a_bad_body_is_refused_and_changes_nothing(client: Client, body: Any):
    answer = client.ask("alice", "PUT /me/data/theme", body, headers=NEW)
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert client.ask("alice", "GET /me/data").body["version"] == 0


def test_an_oversize_value_is_too_large(client: Client):
    answer = put(client, "x" * 16 * 1024)
    assert (answer.status, answer.body["code"]) == (413, "too_large")


@pytest.mark.parametrize("query", [{"since": "-1"}, {"since": "x"}, {"since": str(2**60)}, {"cursor": "forged"}])
def test_a_bad_query_is_refused(client: Client, query: dict[str, str]):
    assert client.ask("alice", "GET /me/data", **query).status == 400


def test_every_live_device_of_the_user_and_nobody_else_is_told(client: Client, world: World):
    tablet = world.session("alice", "consumer", "tablet")
    world.connect(world.alice, tablet, world.bob)
    put(client, [1])
    client.ask("alice", "DELETE /me/data/theme")
    told = [
        {"type": "data", "key": "theme", "version": 1, "deleted": False, "value": [1]},
        {"type": "data", "key": "theme", "version": 2, "deleted": True, "value": None},
    ]
    assert world.heard(world.alice, "data") == world.heard(tablet, "data") == told
    assert world.heard(world.bob, "data") == []


def test_nobody_reads_or_changes_anothers(client: Client):
    put(client, "mine")
    assert client.ask("bob", "GET /me/data", groups="[provider]").body["changes"] == []
    assert client.ask("bob", "DELETE /me/data/theme", groups="[provider]").status == 204
    assert client.ask("alice", "GET /me/data").body["version"] == 1


def test_a_page_goes_on_where_the_one_before_ended(client: Client):
    for n in range(60):
        put(client, n, key=f"k{n}")
    first = client.ask("alice", "GET /me/data").body
    second = client.ask("alice", "GET /me/data", cursor=first["cursor"]).body
    assert [d["value"] for d in first["changes"] + second["changes"]] == list(range(60))
    assert (second["version"], second["cursor"], second["reset"]) == (60, None, False)


def test_who_does_not_exist_keeps_nothing(client: Client):
    assert put(client, 1, user="nobody").status == 404
