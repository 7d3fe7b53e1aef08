"""Cognito's triggers: at sign-up, and before every token."""

from typing import Any

import pytest

from parley.accounts.memory import MemoryRoles
from parley.core.errors import Unavailable
from parley.core.session import Role
from parley.runtime.telemetry import Telemetry
from tests.handlers import events
from tests.unit.chat.world import World
from workers.user_pool import triggered

USER = "5c0e1b9e-0001-4000-8000-1234567890ab"


def test_whoever_signs_up_exists_as_a_consumer(world: World, telemetry: Telemetry):
    roles = MemoryRoles()
    event = events.confirmation()
    assert triggered(event, world.directory, lambda _: roles, telemetry) is event
    assert (world.stored.users[USER].role, world.stored.users[USER].name) == ("consumer", "Alice")
    assert roles.granted == {USER: ["consumer"]}


@pytest.mark.parametrize(
    ("given", "name"),
    [("Bad\u202e\n\tname ", "Bad name"), ("x" * 2_000, "x" * 64), ("\x00\u2028", ""), ("Zoë 👩‍👧", "Zoë 👩‍👧")],
)
def test_a_name_is_one_short_line_whatever_was_signed_up_with(
    world: World, telemetry: Telemetry, given: str, name: str
):
    event = events.confirmation()
    event["request"]["userAttributes"]["name"] = given
    triggered(event, world.directory, lambda _: MemoryRoles(), telemetry)
    assert world.stored.users[USER].name == name


def test_a_password_reset_takes_no_role_away(world: World, telemetry: Telemetry):
    roles = MemoryRoles()
    world.stored.upsert_user(USER, "provider", "Alice")
    event = events.confirmation("PostConfirmation_ConfirmForgotPassword")
    triggered(event, world.directory, lambda _: roles, telemetry)
    assert (world.stored.users[USER].role, roles.granted) == ("provider", {})


def test_what_the_user_wrote_of_themselves_is_not_logged(
    world: World, telemetry: Telemetry, capsys: pytest.CaptureFixture[str]
):
    triggered(events.confirmation(), world.directory, lambda _: MemoryRoles(), telemetry)
    assert "alice@example.com" not in capsys.readouterr().out


def test_a_federated_user_exists_from_their_first_sign_in_by_the_id_in_their_tokens(world: World, telemetry: Telemetry):
    """Source: "Lambda triggers for federated users" in the Cognito developer guide: the trigger source is the same."""
    roles = MemoryRoles()
    event = events.confirmation()
    event["userName"] = "Google_112233445566778899000"
    event["request"]["userAttributes"] |= {"cognito:user_status": "EXTERNAL_PROVIDER", "identities": "[…]"}
    triggered(event, world.directory, lambda _: roles, telemetry)
    assert (world.stored.users[USER].role, roles.granted) == (
        "consumer",
        {"Google_112233445566778899000": ["consumer"]},
    )


def groups_in(event: dict[str, Any]) -> list[str]:
    return event["response"]["claimsOverrideDetails"]["groupOverrideDetails"]["groupsToOverride"]


def test_whoever_signs_in_without_a_role_is_enrolled_and_has_it_in_this_token(world: World, telemetry: Telemetry):
    roles = MemoryRoles()
    answer = triggered(events.issuing("us-east-1_abc_Google"), world.directory, lambda _: roles, telemetry)
    assert groups_in(answer) == ["us-east-1_abc_Google", "consumer"]
    assert (world.stored.users[USER].role, roles.granted) == ("consumer", {USER: ["consumer"]})


@pytest.mark.parametrize("role", ["consumer", "provider"])
def test_who_has_a_role_gets_their_token_without_a_call(world: World, telemetry: Telemetry, role: str):
    def nobody(_: str) -> MemoryRoles:
        raise AssertionError("the pool was asked")

    event = events.issuing(role, source="TokenGeneration_RefreshTokens")
    assert triggered(event, world.directory, nobody, telemetry) is event
    assert USER not in world.stored.users


def test_nobody_is_kept_out_because_enrolling_them_fails(world: World, telemetry: Telemetry):
    class Busy(MemoryRoles):
        def grant(self, username: str, role: Role) -> None:
            raise Unavailable("busy", retry_after=1)

    event = events.issuing()
    assert triggered(event, world.directory, lambda _: Busy(), telemetry) is event
    assert USER not in world.stored.users
