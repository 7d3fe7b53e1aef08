"""The HTTP API as deployed: what one user changes through it reaches others' sockets."""

import json
import re

import pytest

from docs import openapi
from infra.local.stack import User
from tests.e2e.asking import Http
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment


def test_a_changed_profile_reaches_a_live_socket(alice: User, bob: User, dial: Dial, http: Http):
    a, tablet = dial(alice), dial(bob, "tablet")
    a.ask("send", to=bob.id, after=0, body={"text": "hello"})
    changed = http.ask(bob, "PATCH /me", {"name": "Robert"}, headers={"If-Match": '"0"'})
    assert (changed.status, changed.headers["ETag"]) == (200, '"1"')
    told = {"type": "profile", "user": bob.id, "version": 1, "name": "Robert", "photo": ""}
    assert a.hear("profile") == tablet.hear("profile") == told
    assert http.ask(alice, f"GET /users/{bob.id}").body["name"] == "Robert"


def test_a_change_from_two_devices_is_made_once(alice: User, http: Http):
    versions = [http.ask(alice, "PATCH /me", {"about": about}, headers={"If-Match": '"0"'}) for about in "ab"]
    assert [v.status for v in versions] == [200, 412]
    assert http.ask(alice, "GET /me").body["about"] == "a"


def test_nobody_gets_in_without_a_token_of_ours(alice: User, http: Http):
    for headers in ({}, {"Authorization": "Bearer garbage"}, {"Authorization": http.token(alice)[:-4] + "AAAA"}):
        refused = http.ask(None, "GET /me", headers=headers)
        assert (refused.status, refused.body) == (401, {"message": "Unauthorized"})


@pytest.mark.gateway_only
def test_a_web_page_that_is_listed_may_ask_and_another_may_not(local: Deployment, alice: User, http: Http):
    for origin, allowed in (("http://localhost:3000", "http://localhost:3000"), ("http://elsewhere.example", None)):
        wanted = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,if-match"}
        preflight = http.ask(None, "OPTIONS /me", headers={"Origin": origin, **wanted})
        assert (preflight.status, preflight.headers.get("Access-Control-Allow-Origin")) == (204, allowed)
        if allowed:
            assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
            assert {"authorization", "if-match"} <= set(preflight.headers["Access-Control-Allow-Headers"].split(","))
        answer = http.ask(alice, "GET /me", headers={"Origin": origin})
        assert (answer.status, answer.headers.get("Access-Control-Allow-Origin")) == (200, allowed)
    refused = http.ask(None, "GET /me", headers={"Origin": "http://localhost:3000"})
    assert refused.status == 401


def test_no_route_is_open_to_who_has_no_token(http: Http):
    """Walk the routes of ``tests/rest/test_walk.py`` without a token."""
    paths = json.loads(openapi.PATH.read_text())["paths"]
    routes = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    for route in [*routes, "GET /", "GET /nothing"]:
        refused = http.ask(None, re.sub(r"{\w+}", "x", route))
        assert (route, refused.status, refused.body) == (route, 401, {"message": "Unauthorized"})
