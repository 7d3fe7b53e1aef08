"""Which route a message takes."""

import pytest

from infra.local.gateway.websocket.routing import select

ROUTES = {"$connect", "$disconnect", "$default", "send"}
ACTION = "$request.body.action"


@pytest.mark.parametrize(
    ("message", "route"),
    [
        ('{"action": "send"}', "send"),
        ('{"action": "other"}', "$default"),
        ('{"action": "$connect"}', "$default"),
        ('{"action": "$disconnect"}', "$default"),
        ('{"action": 7}', "$default"),
        ('{"action": null}', "$default"),
        ('{"action": {"send": 1}}', "$default"),
        ("{}", "$default"),
        ("[]", "$default"),
        ('"send"', "$default"),
        ("send", "$default"),
        ("", "$default"),
        ("[" * 100_000, "$default"),
    ],
)
def test_the_expression_names_a_property_of_the_message(message: str, route: str):
    assert select(ACTION, message, ROUTES) == route


def test_a_property_may_be_deeper():
    assert select("$request.body.to.do", '{"to": {"do": "send"}}', ROUTES) == "send"


def test_without_a_default_there_may_be_no_route():
    assert select(ACTION, '{"action": "other"}', {"send"}) is None
    assert select(ACTION, '{"action": "send"}', {"send"}) == "send"


@pytest.mark.parametrize("expression", ["$default", "$request.header.action", ""])
def test_an_expression_of_another_kind_selects_the_default_route(expression: str):
    assert select(expression, '{"action": "send"}', ROUTES) == "$default"
