"""The HTTP API as deployed: what one user changes by it reaches others' sockets."""

from infra.local.stack import User
from tests.e2e.asking import Http
from tests.e2e.conftest import Dial


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
