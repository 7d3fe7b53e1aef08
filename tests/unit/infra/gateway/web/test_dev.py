"""The routes that only a laptop has: who may ask, settings, lists that grow, and faults."""

import asyncio
import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from infra.local.gateway.settings import Site
from infra.local.gateway.web.feeds import Feed
from infra.local.gateway.web.routes import routes
from infra.local.gateway.websocket.events import Caller

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
SETTINGS = {
    "pageUrl": "http://127.0.0.1:4567/",
    "socketUrl": "ws://127.0.0.1:4567/_aws/execute-api/a/live",
    "httpUrl": "http://127.0.0.1:4567/_aws/execute-api/b",
    "cognitoUrl": "http://127.0.0.1:4566",
    "s3Url": "http://127.0.0.1:4566",
}


class Socket:
    def __init__(self, connection: str, user: str, device: str) -> None:
        self.caller = Caller(connection, "127.0.0.1", "", 1_700_000_000_000)
        self.user, self.device = user, device
        self.ghost, self.repeat_next = False, ""
        self.cuts: list[bool] = []

    def cut(self, *, believed: bool) -> None:
        self.cuts.append(believed)


class Scene:
    def __init__(self) -> None:
        self.phone, self.tablet, self.other = (
            Socket("c1", "ada", "phone"),
            Socket("c2", "ada", "tablet"),
            Socket("c3", "ben", "phone"),
        )
        self.codes, self.pushes, self.log = Feed("code"), Feed("push"), Feed("invocation", kept=0)
        site = Site(SETTINGS, "/nonexistent", "/nonexistent", "secret")
        made = routes(site, self, self)
        self.client = TestClient(Starlette(routes=made), base_url="http://127.0.0.1:4567")

    def all(self) -> list[Socket]:
        return [self.phone, self.tablet, self.other]

    def disturb(self, **body: Any) -> Any:
        return self.client.post("/dev/faults", json=body)


@pytest.fixture
def scene() -> Scene:
    return Scene()


GUARDED = ["/settings.json", "/settings.js", "/dev/codes", "/dev/pushes", "/dev/connections"]


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_strangers_are_refused(scene: Scene, path: str, headers: dict[str, str]):
    answer = scene.client.get(path, headers=headers)

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1:8080", "http://localhost"])
def test_local_pages_may_read(scene: Scene, path: str, origin: str):
    answer = scene.client.get(path, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert "Origin" in answer.headers["vary"]


def test_a_preflight_is_answered_for_local_pages_alone(scene: Scene):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    local = scene.client.options("/dev/faults", headers={"Origin": "http://localhost:5173", **asked})

    assert local.status_code == 204
    assert "POST" in local.headers["access-control-allow-methods"]
    assert scene.client.options("/dev/faults", headers={"Origin": "https://evil.example", **asked}).status_code == 403


def test_settings_are_json_and_a_module(scene: Scene):
    assert scene.client.get("/settings.json").json() == SETTINGS
    module = scene.client.get("/settings.js")
    assert module.headers["content-type"] == "text/javascript; charset=utf-8"
    assert json.loads(module.text.removeprefix("export default ").rstrip().removesuffix(";")) == SETTINGS


def test_codes_are_listed_and_selected_by_email(scene: Scene):
    scene.codes.add({"id": 1, "email": "ana@example.com", "code": "1"})
    scene.codes.add({"id": 2, "email": "Ben@example.com", "code": "2"})

    assert [c["id"] for c in scene.client.get("/dev/codes").json()["codes"]] == [1, 2]
    assert [c["id"] for c in scene.client.get("/dev/codes?email=ben@example.com").json()["codes"]] == [2]


@pytest.mark.parametrize(("action", "cuts"), [("cut", [False]), ("lose_disconnect", [True])])
def test_a_users_sockets_are_cut(scene: Scene, action: str, cuts: list[bool]):
    assert scene.disturb(user="ada", action=action).json() == {"sockets": 2}
    assert (scene.phone.cuts, scene.tablet.cuts, scene.other.cuts) == (cuts, cuts, [])


def test_one_device_or_one_connection_can_be_meant(scene: Scene):
    assert scene.disturb(user="ada", device="tablet", action="double_frame").json() == {"sockets": 1}
    assert scene.disturb(connection="c3", action="double_frame").json() == {"sockets": 1}
    assert [s.repeat_next for s in scene.all()] == ["", "*", "*"]


def test_the_frames_of_one_route_can_be_meant(scene: Scene):
    assert scene.disturb(user="ben", action="double_frame", route="send").json() == {"sockets": 1}
    assert [s.repeat_next for s in scene.all()] == ["", "", "send"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user": "ada"},
        {"action": "cut"},
        {"user": "ada", "connection": "c1", "action": "cut"},
        {"user": "ada", "action": "burn"},
        {"user": "ada", "action": "cut", "route": "send"},
        {"user": "ada", "action": "cut", "x": 1},
    ],
)
def test_what_makes_no_sense_is_refused(scene: Scene, body: dict[str, str]):
    answer = scene.disturb(**body)

    assert answer.status_code == 400
    assert answer.json()["message"]
    assert not any(s.cuts for s in scene.all())


def test_a_form_of_another_page_cannot_disturb(scene: Scene):
    answer = scene.client.post(
        "/dev/faults", content='{"user":"ada","action":"cut"}', headers={"Content-Type": "text/plain"}
    )

    assert answer.status_code == 400
    assert scene.phone.cuts == []


def events(feed: Feed, wanted: int, last: str = "") -> list[dict[str, Any]]:
    """What a stream says until it has brought so many events. A later event is added once it is open."""

    async def read() -> list[dict[str, Any]]:
        headers = [(b"last-event-id", last.encode())] if last else []
        response = feed.stream(Request({"type": "http", "headers": headers}))
        heard: list[dict[str, Any]] = []
        async for chunk in response.body_iterator:
            fields = dict(
                line.split(": ", 1) for line in chunk.decode().strip().splitlines() if not line.startswith(":")
            )
            if "data" in fields:
                heard.append({**json.loads(fields["data"]), "event": fields["event"], "as": int(fields["id"])})
            if len(heard) == wanted - 1:
                feed.add({"id": 9})
            if len(heard) == wanted:
                break
        await response.body_iterator.aclose()
        return heard

    return asyncio.run(read())


def test_a_stream_has_what_was_and_what_comes():
    feed = Feed("push")
    feed.add({"id": 1})
    feed.add({"id": 2})

    assert events(feed, 3) == [{"id": n, "event": "push", "as": n} for n in (1, 2, 9)]


def test_a_stream_continues_after_the_last_event_that_was_seen():
    feed = Feed("push")
    feed.add({"id": 1})
    feed.add({"id": 2})

    assert [e["id"] for e in events(feed, 2, last="1")] == [2, 9]


def test_whoever_fills_a_feed_knows_whether_anybody_watches():
    told: list[bool] = []
    feed = Feed("invocation", kept=0, watched=told.append)

    assert events(feed, 1) == [{"id": 9, "event": "invocation", "as": 9}]
    assert told == [True, False]
    assert feed.items() == []
