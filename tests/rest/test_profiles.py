"""Profiles over HTTP. Alice is a consumer, Bob a provider."""

import pytest

from parley.accounts import profiles
from tests.rest.asking import Client
from tests.unit.chat.world import DM, World

PROVIDER = "[consumer provider]"


def test_a_user_finds_their_own_profile_with_its_version(client: Client):
    answer = client.ask("alice", "GET /me")
    assert (answer.status, answer.headers["ETag"]) == (200, '"0"')
    assert (answer.body["user"], answer.body["name"], answer.body["role"]) == ("alice", "Alice", "consumer")


def test_only_a_providers_own_profile_has_what_providers_have(client: Client):
    own = ("category", "business", "availability")
    assert [client.ask("alice", "GET /me").body[name] for name in own] == [None, None, None]
    assert [client.ask("bob", "GET /me").body[name] for name in own] == ["", "", "available"]


def test_a_change_is_merged_and_makes_a_new_version(client: Client):
    first = client.ask("alice", "PATCH /me", {"name": "Alicia", "locale": "en-GB"}, headers={"if-match": '"0"'})
    assert (first.status, first.headers["ETag"]) == (200, '"1"')
    second = client.ask("alice", "PATCH /me", {"about": "Hello"}, headers={"if-match": '"1"'})
    assert (second.body["name"], second.body["about"], second.body["locale"]) == ("Alicia", "Hello", "en-GB")
    assert client.ask("alice", "GET /me").body == second.body


def test_what_changes_nothing_makes_no_version(client: Client):
    assert client.ask("alice", "PATCH /me", {"name": "Alice"}).headers["ETag"] == '"0"'
    assert client.ask("alice", "PATCH /me", {}).headers["ETag"] == '"0"'


def test_a_stale_version_changes_nothing(client: Client):
    client.ask("alice", "PATCH /me", {"name": "Alicia"})
    answer = client.ask("alice", "PATCH /me", {"name": "Al"}, headers={"if-match": '"0"'})
    assert (answer.status, answer.body["code"]) == (412, "stale")
    assert client.ask("alice", "GET /me").body["name"] == "Alicia"


@pytest.mark.parametrize("given", ["3", '"x"', 'W/"1"', '"99999999999999999999"'])
def test_an_entity_tag_that_is_not_ours_is_refused(client: Client, given: str):
    answer = client.ask("alice", "PATCH /me", {"name": "Al"}, headers={"if-match": given})
    assert (answer.status, answer.body["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"name": 7}, {"name": "a\nb"}, {"nmae": "x"}, {"role": "provider"}, {"user": "bob"},
     {"photo": "../x"}, {"about": "x" * 1_001}, {"name": None}, [], "no json", ""],
)  # fmt: skip
def test_bad_changes_are_refused_and_change_nothing(client: Client, changes: object):
    answer = client.ask("alice", "PATCH /me", changes)
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.ask("alice", "GET /me").headers["ETag"] == '"0"'


def test_only_a_provider_has_a_category(client: Client):
    assert client.ask("alice", "PATCH /me", {"category": "law"}).status == 403
    changed = client.ask("bob", "PATCH /me", {"category": "law", "availability": "busy"}, groups=PROVIDER)
    assert changed.body["availability"] == "busy"
    page = client.ask("alice", "GET /providers", category="law").body
    assert ([p["user"] for p in page["providers"]], page["cursor"]) == (["bob"], None)


def test_who_talks_with_a_user_and_their_own_devices_hear_of_a_change(client: Client, world: World):
    tablet = world.session("bob", "provider", "tablet")
    world.stored.upsert_user("carol", "consumer", "Carol")
    carol = world.session("carol", "consumer", "phone")
    world.connect(world.alice, tablet, carol)
    world.send(world.alice, "m1", 0, to="bob")
    client.ask("bob", "PATCH /me", {"name": "Robert"}, groups=PROVIDER)
    told = [{"type": "profile", "user": "bob", "version": 1, "name": "Robert", "photo": ""}]
    assert world.heard(world.alice, "profile") == world.heard(tablet, "profile") == told
    assert world.heard(carol, "profile") == []


def test_a_change_is_told_in_the_latest_conversations_and_on_so_many_sockets(client: Client, world: World):
    own = [world.session("bob", "provider", f"own{n}") for n in range(2)]
    others = []
    for n in range(profiles.TOLD_LIVE + 5):
        world.now += 10**8
        other = f"u{n:02}"
        world.stored.upsert_user(other, "consumer", "")
        others.append([world.session(other, "consumer", f"d{d}") for d in range(4)])
        world.send(others[-1][0], "m1", 0, to="bob")
    world.connect(*own, *(session for sessions in others for session in sessions))
    client.ask("bob", "PATCH /me", {"name": "Robert"}, groups=PROVIDER)
    heard = [sum(len(world.heard(s, "profile")) for s in sessions) for sessions in others]
    assert [len(world.heard(s, "profile")) for s in own] == [1, 1]
    assert sum(heard) == profiles.TOLD_SOCKETS - 2
    assert heard == [0] * 10 + [2] + [4] * 14  # the latest first


def test_no_more_conversations_are_told_however_few_sockets_there_are(client: Client, world: World):
    others = [world.session(f"u{n:02}", "consumer", "d") for n in range(profiles.TOLD_LIVE + 5)]
    for other in others:
        world.now += 10**8
        world.stored.upsert_user(other.user, "consumer", "")
        world.send(other, "m1", 0, to="bob")
    world.connect(*others)
    client.ask("bob", "PATCH /me", {"name": "Robert"}, groups=PROVIDER)
    assert [len(world.heard(s, "profile")) for s in others] == [0] * 5 + [1] * profiles.TOLD_LIVE


@pytest.mark.parametrize("block", [("bob", "alice"), ("alice", "bob")])
def test_where_one_blocks_the_other_they_hear_nothing(client: Client, world: World, block: tuple[str, str]):
    world.connect(world.alice)
    world.send(world.alice, "m1", 0, to="bob")
    world.directory.block(*block)
    client.ask("bob", "PATCH /me", {"name": "Robert"}, groups=PROVIDER)
    assert world.heard(world.alice, "profile") == []


def test_others_see_the_public_part(client: Client, world: World):
    client.ask("bob", "PATCH /me", {"about": "Contracts", "locale": "de"}, groups=PROVIDER)
    seen = client.ask("alice", "GET /users/bob").body
    assert (seen["about"], seen["availability"]) == ("Contracts", "available")
    assert "locale" not in seen
    world.send(world.alice, "m1", 0, conversation=DM)
    seen = client.ask("bob", "GET /users/alice", groups=PROVIDER).body
    assert "category" not in seen or seen["category"] is None


def test_a_consumer_is_unknown_to_who_shares_no_conversation(client: Client, world: World):
    assert client.ask("bob", "GET /users/alice", groups=PROVIDER).status == 404
    world.send(world.alice, "m1", 0, to="bob")
    assert client.ask("bob", "GET /users/alice", groups=PROVIDER).status == 200
    world.directory.block("alice", "bob")
    assert client.ask("bob", "GET /users/alice", groups=PROVIDER).status == 404


@pytest.mark.parametrize("user", ["nobody", "..", "%2e%2e", "a b", "U#alice", "x" * 65])
def test_a_user_who_is_not_is_not_found_or_no_user_id(client: Client, user: str):
    assert client.ask("alice", f"GET /users/{user}").status in {400, 404}


def test_providers_come_in_pages(client: Client, world: World):
    for n in range(60):
        world.stored.upsert_user(f"p{n}", "provider", f"P{n}")
        client.ask(f"p{n}", "PATCH /me", {"category": "tax"}, groups=PROVIDER)
    first = client.ask("alice", "GET /providers", category="tax").body
    second = client.ask("alice", "GET /providers", category="tax", cursor=first["cursor"]).body
    users = [p["user"] for p in first["providers"] + second["providers"]]
    assert (len(users), len(set(users)), second["cursor"]) == (60, 60, None)


def test_a_provider_is_not_listed_to_whom_they_block(client: Client, world: World):
    client.ask("bob", "PATCH /me", {"category": "law"}, groups=PROVIDER)
    world.stored.upsert_user("carol", "consumer", "Carol")
    world.directory.block("bob", "alice")
    assert client.ask("alice", "GET /providers", category="law").body["providers"] == []
    assert [p["user"] for p in client.ask("carol", "GET /providers", category="law").body["providers"]] == ["bob"]
    world.directory.unblock("bob", "alice")
    world.directory.block("alice", "bob")
    assert len(client.ask("alice", "GET /providers", category="law").body["providers"]) == 1


@pytest.mark.parametrize("query", [{}, {"category": ""}, {"category": "A b"}, {"category": "x", "cursor": "forged"}])
def test_a_bad_query_is_refused(client: Client, query: dict[str, str]):
    assert client.ask("alice", "GET /providers", **query).status == 400


@pytest.mark.parametrize("harm", ["\u202e", "\u2066", "\u2028", "\u2029", "\x85", "\n", "\ufeff"])
def test_a_name_that_breaks_or_turns_a_line_is_refused(client: Client, harm: str):
    answer = client.ask("alice", "PATCH /me", {"name": f"Al{harm}ice"})
    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert client.ask("alice", "PATCH /me", {"name": "\u0634\u200c\u200d Zoë 👩\u200d🚀"}).status == 200
