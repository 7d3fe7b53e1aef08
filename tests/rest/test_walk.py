"""Every route in the API's description, tried by users who have no right to what it could show or change.

A route that is not in the table below fails the first test. Each is tried by a stranger, by a stranger with the other
role, and by the user with whom the owner talks; afterwards the owner finds everything as it was. Requests without a
token are tried on the deployed API, because its authorizer refuses them (``tests/e2e/test_http.py``).
"""

import json
from typing import Any, NamedTuple

import pytest

from docs import openapi
from parley.core.session import Session
from tests.rest.asking import Answer, Client
from tests.unit.chat.world import DM, World
from tests.unit.media.studio import Studio

GROUPS = {name: "[consumer provider]" if name in {"bob", "dora"} else "[consumer]" for name in
          ("alice", "bob", "carol", "dora")}  # fmt: skip
SECRET = "nobodys-business"
"""A string in everything that the owner has, except the name they go by."""
MESSAGE = {"id": "m-other", "after": 0, "body": {"text": "Let me in"}}
FILE = {"type": "application/pdf", "size": 9, "sha256": "ab" * 32, "within": DM}
CHANGES = {"muted": 10**13, "archived": True, "pinned": True}


class Attempt(NamedTuple):
    """A request, which may name something of the owner's, and the statuses that strangers and the other member get.

    ``member`` is None if the other member has a right to what is requested.
    """

    request: str
    stranger: int
    member: int | None
    body: Any = None
    headers: dict[str, str] | None = None


ROUTES: dict[str, list[Attempt]] = {  # in the order in which they are tried
    "GET /conversations": [
        Attempt("GET /conversations", 200, None),
        Attempt("GET /conversations?cursor={cursor}", 200, None),
    ],
    "PATCH /conversations/{conversation}": [
        Attempt(f"PATCH /conversations/{DM}", 403, 200, CHANGES),
        Attempt(f"PATCH /conversations/{DM}", 403, None, {"read": 2}),
    ],
    "GET /conversations/{conversation}/entries": [
        Attempt(f"GET /conversations/{DM}/entries", 403, None),
        Attempt(f"GET /conversations/{DM}/entries?before=2", 403, None),
    ],
    "POST /conversations/{conversation}/entries": [
        Attempt(f"POST /conversations/{DM}/entries", 403, None, MESSAGE),
        Attempt(f"POST /conversations/{DM}/entries", 403, 404, {**MESSAGE, "body": {"media": ["{media}"]}}),
        # The conversation is their own, but the file is the owner's.
        Attempt("POST /conversations/dm:{pair}/entries", 404, None, {**MESSAGE, "body": {"media": ["{media}"]}}),
    ],
    "POST /conversations/{conversation}/restore": [
        Attempt(f"POST /conversations/{DM}/restore", 403, 404, {"before": 2}),  # nothing of it is in the archive
    ],
    "GET /me": [Attempt("GET /me?user={owner}", 200, 200)],
    "PATCH /me": [
        Attempt("PATCH /me", 200, None, {"about": "mine"}),
        Attempt("PATCH /me", 400, 400, {"user": "{owner}", "about": "mine"}),
        Attempt("PATCH /me", 400, 400, {"role": "provider"}),
        Attempt("PATCH /me", 404, 404, {"photo": "{photo}"}),
    ],
    "GET /me/deletion": [Attempt("GET /me/deletion?user={owner}", 404, 404)],
    "DELETE /me": [Attempt("DELETE /me?user={owner}", 202, 202)],
    "POST /me/restore": [Attempt("POST /me/restore?user={owner}", 204, 204)],
    "GET /me/export": [Attempt("GET /me/export?user={owner}", 202, 202)],
    "GET /me/blocks": [Attempt("GET /me/blocks?user={owner}", 200, 200)],
    "PUT /me/blocks/{user}": [Attempt("PUT /me/blocks/eve", 204, 204)],
    "DELETE /me/blocks/{user}": [Attempt("DELETE /me/blocks/eve", 204, 204)],
    "GET /me/data": [Attempt("GET /me/data?since=0&user={owner}", 200, 200)],
    "PUT /me/data/{key}": [
        Attempt("PUT /me/data/theme", 409, 409, {"value": "mine"}, {"If-Match": '"1"'}),
        Attempt("PUT /me/data/theme", 200, 200, {"value": "mine"}, {"If-None-Match": "*"}),
    ],
    "DELETE /me/data/{key}": [
        Attempt("DELETE /me/data/theme", 204, 204),
        Attempt("DELETE /me/data/theme", 204, 204, None, {"If-Match": '"1"'}),
    ],
    "GET /me/devices": [Attempt("GET /me/devices?user={owner}", 200, 200)],
    "PUT /me/devices/{device}": [
        Attempt("PUT /me/devices/phone", 200, 200, {"platform": "fcm", "token": "another"}),
    ],
    "DELETE /me/devices/{device}": [Attempt("DELETE /me/devices/phone", 204, 204)],
    "POST /media": [
        Attempt("POST /media", 403, None, FILE),
        Attempt("POST /media", 400, 400, {**FILE, "owner": "{owner}"}),
    ],
    "GET /media/{media}": [
        Attempt("GET /media/{media}", 404, None),
        Attempt("GET /media/{pending}", 404, 404),
    ],
    "GET /providers": [Attempt("GET /providers?category=plumbing", 200, 200)],
    "POST /reports": [
        Attempt("POST /reports", 403, None, {"id": "theirs", "reason": "spam", "conversation": DM, "seq": 1}),
        Attempt("POST /reports", 201, 201, {"id": "theirs", "reason": "spam", "user": "eve"}),
    ],
    "GET /users/{user}": [Attempt("GET /users/{owner}", 404, 200)],
}


def described() -> set[str]:
    paths = json.loads(openapi.PATH.read_text())["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def test_every_route_is_walked():
    assert described() == ROUTES.keys()


class Scene:
    """A world in which the owner has one of everything."""

    def __init__(self, owner: Session, world: World, studio: Studio, client: Client) -> None:
        self.owner = owner.user
        self._world = world
        self._client = client
        world.connect(owner)
        world.stored.upsert_user("carol", "consumer", "Carol")
        world.stored.upsert_user("dora", "provider", "Dora")
        world.stored.upsert_user("eve", "provider", "Eve")
        world.send(owner, "m1", 0, SECRET)
        world.send(owner, "m2", 1, SECRET)
        if owner.role == "consumer":
            world.send(owner, "m1", 0, SECRET, to="eve")
        self._names = {
            "owner": self.owner,
            "media": studio.upload(owner).id,
            "photo": studio.photo(owner).id,
            "pending": studio.begin(owner)[0].id,
        }
        self._own("PATCH /me", {"photo": self._names["photo"], "locale": SECRET[:7]})
        self._own("PUT /me/data/theme", {"value": SECRET}, {"If-None-Match": "*"})
        self._own("PUT /me/devices/phone", {"platform": "fcm", "token": SECRET, "app_version": SECRET})
        self._own("PUT /me/blocks/eve")
        self._own("POST /reports", {"id": "theirs", "reason": "other", "user": "eve", "text": SECRET})
        self._own("GET /me/export")
        self._own("DELETE /me")
        page = self._own("GET /conversations?limit=1").body
        self._names["cursor"] = page["cursor"] or ""

    def ask(self, by: str, attempt: Attempt) -> Answer:
        names = {**self._names, "pair": ":".join(sorted((by, "eve" if by == "carol" else "carol")))}
        path, _, query = attempt.request.format(**names).partition("?")
        body = None if attempt.body is None else json.dumps(attempt.body)
        for name, value in names.items():
            body = body and body.replace("{" + name + "}", value)
        asked = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
        return self._client.ask(by, path, body, groups=GROUPS[by], headers=attempt.headers, **asked)

    def belongings(self) -> list[Any]:
        """Everything that the owner can look at, and what only operators can."""
        reads = [a for route in ROUTES if route.startswith("GET /") for a in ROUTES[route]]
        looked = [self.ask(self.owner, a)._replace(headers={}) for a in reads if "/providers" not in a.request]
        reports = [r for r in self._world.reports.stored.values() if r.reporter == self.owner]
        return [looked, reports, self._world.sockets.frames]

    def _own(self, request: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        answer = self.ask(self.owner, Attempt(request, 0, 0, body, headers))
        assert answer.status < 300, answer
        return answer


STRANGERS = [(owner, by) for owner in ("alice", "bob") for by in ("carol", "dora")]
MEMBERS = [("alice", "bob"), ("bob", "alice")]


@pytest.mark.parametrize(("owner", "by"), STRANGERS + MEMBERS)
def test_nobody_sees_or_changes_what_is_not_theirs(client: Client, world: World, studio: Studio, owner: str, by: str):
    scene = Scene(world.alice if owner == "alice" else world.bob, world, studio, client)
    before = scene.belongings()
    for route, attempts in ROUTES.items():
        for attempt in attempts:
            expected = attempt.member if (owner, by) in MEMBERS else attempt.stranger
            if route == "GET /users/{user}" and owner == "bob":
                expected = 200  # anybody may find a provider
            if expected is None:
                continue
            answer = scene.ask(by, attempt)
            assert answer.status == expected, (attempt, answer)
            assert SECRET not in json.dumps([answer.headers, answer.body]), attempt
            assert scene.belongings() == before, attempt
