import json

import pytest

from parley.moderation.reports import MOST_PER_DAY
from tests.rest.asking import Client
from tests.unit.chat.world import DM, World


def tell(client: Client, by: str = "alice", **fields: object):
    return client.ask(by, "POST /reports", {"id": "r1", "reason": "harassment"} | fields)


@pytest.fixture
def said(world: World) -> World:
    world.send(world.bob, "m1", 0, "Something rude")
    return world


def test_an_entry_is_reported_with_a_copy_of_it(client: Client, said: World):
    answer = tell(client, conversation=DM, seq=1, text="He does this all the time")
    assert (answer.status, answer.body) == (201, {"id": "r1", "user": "bob", "reason": "harassment", "at": said.now})
    report = said.reports.stored["alice", "r1"]
    assert report.entry == said.entries.entries[DM][0]
    assert report.text == "He does this all the time"


def test_a_user_is_reported(client: Client, world: World):
    assert tell(client, user="bob").status == 201
    assert world.reports.stored["alice", "r1"].entry is None


@pytest.mark.parametrize("about", [{"user": "bob"}, {"conversation": DM, "seq": 1}])
def test_who_does_not_exist_any_more_reports_nothing(client: Client, said: World, about: dict[str, object]):
    del said.stored.users["alice"]
    answer = tell(client, **about)
    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert said.reports.stored == {}


def test_whether_a_user_exists_shows_in_no_report(client: Client, world: World):
    world.stored.upsert_user("carol", "consumer", "Carol")
    answers = [tell(client, id=f"r-{user}", user=user) for user in ("carol", "nobody")]
    assert [a.status for a in answers] == [201, 201]
    assert [set(a.body) for a in answers] == [{"id", "user", "reason", "at"}] * 2


def test_what_one_who_is_gone_has_written_can_be_reported(client: Client, said: World):
    del said.stored.users["bob"]
    assert tell(client, conversation=DM, seq=1).status == 201


def test_a_report_repeated_is_the_first_one(client: Client, world: World):
    first = tell(client, user="bob")
    world.now += 5
    again = tell(client, user="bob", reason="spam")
    assert (again.status, again.body) == (200, first.body)


def test_there_are_so_many_a_day(client: Client):
    for n in range(MOST_PER_DAY):
        assert tell(client, user="bob", id=f"r{n}").status == 201
    answer = tell(client, user="bob", id="one-more")
    assert (answer.status, answer.body["code"]) == (429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("by", "fields", "status"),
    [
        ("carol", {"conversation": DM, "seq": 1}, 403),
        ("alice", {"conversation": DM, "seq": 2}, 404),
        ("alice", {"conversation": "dm:alice:nobody", "seq": 1}, 404),
        ("alice", {"conversation": "dm:bob:alice", "seq": 1}, 404),
        ("bob", {"conversation": DM, "seq": 1}, 400),
        ("alice", {"user": "alice"}, 400),
        ("alice", {}, 400),
        ("alice", {"conversation": DM}, 400),
        ("alice", {"user": "bob", "seq": 1}, 400),
        ("alice", {"user": "bob", "conversation": DM, "seq": 1}, 400),
        ("alice", {"user": "bob", "reason": "boring"}, 400),
        ("alice", {"user": "bob", "text": "x" * 2_001}, 400),
        ("alice", {"user": "bob", "text": None}, 400),
        ("alice", {"user": "bob", "id": "a b"}, 400),
        ("alice", {"user": "../bob"}, 400),
        ("alice", {"conversation": DM, "seq": "1"}, 400),
        ("alice", {"user": "bob", "reporter": "carol"}, 400),
    ],
)
def test_what_cannot_be_reported_is_not(client: Client, said: World, by: str, fields: dict[str, object], status: int):
    answer = tell(client, by, **fields)
    assert answer.status == status
    assert "rude" not in json.dumps(answer.body)
    assert said.reports.stored == {}


def test_operators_see_that_there_is_one(client: Client, capsys: pytest.CaptureFixture[str]):
    tell(client, user="bob")
    [line] = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert line["Reports"] == 1
