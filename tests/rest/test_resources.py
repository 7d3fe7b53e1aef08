"""Each request finds its route, though only the routes of its own resource are made for it."""

import json
import re

import pytest

from docs import openapi
from parley.runtime import dependencies
from rest import app, resources
from tests.rest.asking import http

OPERATIONS = [
    (method.upper(), path) for path, operations in openapi.document()["paths"].items() for method in operations
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_first_request_of_all_finds_its_route(method: str, path: str, deps: dependencies.Rest):
    event = http(method, re.sub(r"\{\w+\}", "x", path))
    answer = app.respond(event, app.application(deps, lambda: 0), deps, None)
    assert "no such resource" not in json.loads(answer.get("body") or "{}").get("detail", "")


def test_every_resource_has_a_request():
    assert {resources.owner(method, path) for method, path in OPERATIONS} == set(resources.NAMES)


@pytest.mark.parametrize("path", ["/", "", "/me/", "/mes", "/me\n", "/conversations/x/y", "/user", "/provider"])
def test_what_belongs_to_no_resource_has_no_owner(path: str):
    assert resources.owner("GET", path) is None


def test_a_resource_that_there_is_not_is_an_error(deps: dependencies.Rest):
    with pytest.raises(KeyError):
        resources.router("nothing", deps, lambda: 0)
