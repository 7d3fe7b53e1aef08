"""MOCK integrations."""

import pytest

from infra.local.gateway.websocket.deployed import Integration, Response
from infra.local.gateway.websocket.templates import mock

CONTEXT = {"connectionId": "abc="}


def integration(*responses: Response, asked: str = '{"statusCode":200}') -> Integration:
    return Integration("MOCK", "", 29.0, {"200": asked}, responses)


def test_the_default_response_is_what_comes_back():
    assert mock(integration(Response("$default", "200", {"200": "pong"})), CONTEXT) == "pong"


def test_a_response_for_the_status_goes_first():
    responses = Response("$default", "", {"$default": "else"}), Response("/4\\d\\d/", "", {"$default": "four"})
    assert mock(integration(*responses, asked='{"statusCode": 404}'), CONTEXT) == "four"
    assert mock(integration(*responses), CONTEXT) == "else"


@pytest.mark.parametrize(
    ("selection", "expected"), [("a", "A"), ("$default", "D"), ("\\$default", "D"), ("", "D"), ("unknown", "D")]
)
def test_the_selection_expression_names_a_template(selection: str, expected: str):
    response = Response("$default", selection, {"a": "A", "$default": "D"})
    assert mock(integration(response), CONTEXT) == expected


def test_variables_of_the_context_are_replaced():
    response = Response("$default", "", {"200": '{"id": "$context.connectionId", "x": "$context.unknown"}'})
    assert mock(integration(response), CONTEXT) == '{"id": "abc=", "x": ""}'


@pytest.mark.parametrize("asked", ["not JSON", "[]", "{}"])
def test_a_request_template_that_names_no_status_is_an_error(asked: str):
    assert mock(integration(Response("$default", "", {"200": "pong"}), asked=asked), CONTEXT) is None


def test_without_a_response_it_is_an_error():
    assert mock(integration(), CONTEXT) is None
