"""Cognito's trigger for users it does not know."""

import copy
import json
from typing import Any

import bcrypt
import pytest

from parley.accounts.memory import MemoryRoles
from parley.core.errors import Unavailable
from parley.migration.memory import MemoryLegacyUsers
from parley.migration.model import LegacyUser
from parley.runtime.telemetry import Telemetry
from tests.handlers import events
from tests.unit.chat.world import World
from workers import user_pool
from workers.user_migration import FLOOR, triggered

PASSWORD = "Old-pass-1"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
ANN = LegacyUser(id="7", email="Ann@Example.com", name="Ann\n\u202eB", role="provider", password=HASH)
USERS = MemoryLegacyUsers([ANN])
ATTRIBUTES = {
    "email": "ann@example.com",
    "email_verified": "true",
    "name": "Ann B",
    "custom:legacy_id": "7",
    "custom:legacy_role": "provider",
}


class Clock:
    """Time that passes only where it is slept through, or by ``work``."""

    def __init__(self, work: float = 0.0) -> None:
        self.slept: list[float] = []
        self._work = work
        self._now = 100.0

    def now(self) -> float:
        self._now += self._work
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += seconds


def test_who_knows_the_old_password_is_created_with_everything_they_had(telemetry: Telemetry):
    event = events.migration(email="ann@example.com", password=PASSWORD)
    answer = triggered(event, USERS, telemetry, Clock())
    assert answer["response"] == {
        "userAttributes": ATTRIBUTES,
        "finalUserStatus": "CONFIRMED",
        "messageAction": "SUPPRESS",
    }
    assert answer["request"] == event["request"], "Cognito expects the event back"


def test_who_has_forgotten_it_is_created_and_sent_a_code_to_the_address_that_they_had(telemetry: Telemetry):
    event = events.migration("UserMigration_ForgotPassword", email="ANN@example.com")
    answer = triggered(event, USERS, telemetry, Clock())
    assert answer["response"] == {"userAttributes": ATTRIBUTES, "messageAction": "SUPPRESS"}


@pytest.mark.parametrize(
    "event",
    [
        events.migration(email="ann@example.com", password="another"),
        events.migration(email="bob@example.com", password=PASSWORD),
        events.migration("UserMigration_ForgotPassword", email="bob@example.com"),
        events.migration(email="+4915112345678", password=PASSWORD),
        events.migration("UserMigration_SomethingNew", email="ann@example.com", password=PASSWORD),
    ],
    ids=["password", "stranger", "stranger forgets", "phone", "new trigger"],
)
def test_everybody_else_is_refused_by_the_event_as_it_came(event: dict[str, Any], telemetry: Telemetry):
    came = copy.deepcopy(event)
    assert triggered(event, USERS, telemetry, Clock()) == came
    assert not any(came["response"].values()), "there is no user in it, and so Cognito makes none"


@pytest.mark.parametrize("email", ["ann@example.com", "bob@example.com", "+4915112345678"])
@pytest.mark.parametrize("password", [PASSWORD, "another"])
def test_every_answer_takes_the_same_time(email: str, password: str, telemetry: Telemetry):
    clock = Clock(work=0.2)
    triggered(events.migration(email=email, password=password), USERS, telemetry, clock)
    assert clock.slept == [pytest.approx(FLOOR - 0.2)]


def test_what_took_too_long_is_counted_because_its_time_may_tell_something(
    telemetry: Telemetry, capsys: pytest.CaptureFixture[str]
):
    triggered(events.migration(email="ann@example.com", password="another"), USERS, telemetry, Clock(work=2.0))
    counted = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert {"MigrationsRefused": 1} in counted
    assert any("MigrationsOverran" in c for c in counted)


@pytest.mark.parametrize("password", [PASSWORD, "another-secret"])
def test_no_line_and_no_metric_has_the_password_the_hash_or_the_address(
    password: str, telemetry: Telemetry, logged: Any, capsys: pytest.CaptureFixture[str]
):
    triggered(events.migration(email="ann@example.com", password=password), USERS, telemetry, Clock())
    written = capsys.readouterr().out + logged.getvalue()
    assert "Migrations" in written
    assert [s for s in (password, HASH, "ann@example.com") if s in written] == []


def test_a_database_that_is_away_is_an_error_that_names_nobody_and_takes_as_long(telemetry: Telemetry):
    class Away(MemoryLegacyUsers):
        def by_email(self, email: str) -> LegacyUser | None:
            raise Unavailable("the legacy database cannot be asked", retry_after=1)

    clock = Clock(work=0.1)
    with pytest.raises(Unavailable, match=r"^the legacy database cannot be asked$"):
        triggered(events.migration(email="ann@example.com", password=PASSWORD), Away(), telemetry, clock)
    assert clock.slept == [pytest.approx(FLOOR - 0.1)]


def test_nobody_signs_up_as_a_provider_whatever_they_say_of_themselves(world: World, telemetry: Telemetry):
    roles, event = MemoryRoles(), events.confirmation()
    event["request"]["userAttributes"]["custom:legacy_role"] = "provider"
    user_pool.triggered(event, world.directory, lambda _: roles, telemetry)
    assert list(roles.granted.values()) == [["consumer"]]


@pytest.mark.parametrize("role", ["provider", "consumer"])
def test_the_first_token_after_the_move_has_the_role_of_before(world: World, telemetry: Telemetry, role: str):
    roles = MemoryRoles()
    event = events.issuing(source="TokenGeneration_Authentication")
    event["request"]["userAttributes"] |= {"custom:legacy_role": role, "custom:legacy_id": "7"}
    answer = user_pool.triggered(event, world.directory, lambda _: roles, telemetry)
    given = answer["response"]["claimsOverrideDetails"]["groupOverrideDetails"]["groupsToOverride"]
    user = event["request"]["userAttributes"]["sub"]
    assert (given, roles.granted, world.stored.users[user].role) == ([role], {user: [role]}, role)
