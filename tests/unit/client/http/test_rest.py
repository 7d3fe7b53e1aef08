"""The HTTP side of the client, against a server in memory."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_client import ANY
from parley_client.http import resources, rest
from parley_client.http.problems import Problem, Unreachable
from parley_client.http.requests import Requests
from parley_client.http.rest import Rest
from parley_client.http.uploads import UploadRefused

from docs.openapi import PATH

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
BASE = "https://api.example/base"
Handler = Callable[[httpx.Request], httpx.Response]
ENTRY = {"conversation": "dm:a:b", "seq": 1, "count": 1, "id": "m", "kind": "message", "sender": "a", "at": 5}


class Token:
    """A token source that can be told that its token was refused."""

    def __init__(self) -> None:
        self.made = 1

    async def __call__(self) -> str:
        return f"token-{self.made}"

    def refused(self) -> None:
        self.made += 1


class Server:
    """Gives the answers that it was told to give, in order, and keeps the requests."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(r.content) for r in self.asked]


def using(server: Server, work: Callable[[Rest], Any]) -> Any:
    async def run() -> Any:
        async with Rest(BASE, Token(), transport=httpx.MockTransport(server)) as client:
            return await work(client)

    return asyncio.run(run())


def asking(server: Server, method: str = "GET", **more: Any) -> tuple[Any, list[float]]:
    """Make one request. Returns the result, and the pauses between its attempts."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def run() -> Any:
        requests = Requests(BASE, Token(), transport=httpx.MockTransport(server), sleep=sleep, chance=lambda: 1.0)
        async with requests.http:
            return await requests.ask(method, "/me", **more)

    return asyncio.run(run()), slept


def problem(
    status: int, code: str, *, retryable: bool = False, after: int | None = None, **more: Any
) -> httpx.Response:
    body = {"type": "about:blank", "status": status, "code": code, "detail": "why", "retryable": retryable, **more}
    headers = {"Content-Type": "application/problem+json"} | ({"Retry-After": str(after)} if after else {})
    return httpx.Response(status, content=json.dumps(body), headers=headers)


async def every(items: Any) -> list[Any]:
    return [item async for item in items]


def test_every_operation_of_the_api_has_a_method():
    described = json.loads(PATH.read_text())["paths"].values()
    operations = {o["operationId"] for operations in described for o in operations.values()}
    assert not [name for name in operations if not callable(getattr(Rest, name, None))]


def test_a_request_carries_the_token_below_the_base():
    server = Server({"ok": True})
    assert asking(server)[0] == {"ok": True}
    assert str(server.asked[0].url) == f"{BASE}/me"
    assert server.asked[0].headers["Authorization"] == "Bearer token-1"


def test_what_may_pass_is_tried_again_after_what_the_server_wants():
    server = Server(
        problem(503, "unavailable", retryable=True, after=3), httpx.Response(429, json={"message": "x"}), {}
    )
    assert asking(server)[1] == [3.5, 1.0]


def test_a_server_that_stays_unavailable_is_given_up():
    server = Server(*[problem(503, "unavailable", retryable=True)] * 9)
    with pytest.raises(Problem) as refused:
        asking(server)
    assert (refused.value.code, len(server.asked)) == ("unavailable", 5)


def test_a_refusal_is_told_by_code_and_not_repeated():
    errors = [{"at": "body.name", "why": "too long"}]
    server = Server(problem(400, "bad_request", errors=errors))
    with pytest.raises(Problem, match=r"why; body.name: too long \(bad_request\)") as refused:
        asking(server)
    assert (refused.value.status, len(server.asked)) == (400, 1)


@pytest.mark.parametrize(
    ("status", "code"), [(403, "forbidden"), (413, "too_large"), (404, "not_found"), (500, "unavailable")]
)
def test_what_api_gateway_says_has_a_code_too(status: int, code: str):
    with pytest.raises(Problem) as refused:
        asking(Server(httpx.Response(status, json={"message": "No"})))
    assert (refused.value.code, refused.value.detail) == (code, "No")


def test_a_refused_token_is_renewed_once():
    told = httpx.Response(401, json={"message": "Unauthorized"})
    server = Server(told, {})
    asking(server)
    assert [r.headers["Authorization"] for r in server.asked] == ["Bearer token-1", "Bearer token-2"]
    with pytest.raises(Problem, match="unauthorized"):
        asking(Server(told, told))


def test_a_cut_connection_is_tried_again_but_not_for_what_may_have_been_done():
    assert asking(Server(httpx.ReadError("cut"), {}), "PATCH", body={})[0] == {}
    with pytest.raises(Unreachable):
        asking(Server(httpx.ReadError("cut"), {}), "PUT", body={}, headers={"If-Match": '"1"'})
    assert asking(Server(httpx.ConnectError("none"), {}), "PUT", body={}, headers={"If-Match": '"1"'})[0] == {}


def test_what_is_no_json_is_no_answer():
    with pytest.raises(Unreachable):
        asking(Server(httpx.Response(200, text="<html>")))


def test_a_list_is_asked_for_page_after_page():
    server = Server(
        {"blocks": [{"user": "b", "name": "", "photo": ""}], "cursor": "c1"}, {"blocks": [], "cursor": None}
    )
    assert using(server, lambda r: every(r.list_blocks())) == [resources.Blocked("b", "", "")]
    assert [dict(r.url.params) for r in server.asked] == [{}, {"cursor": "c1"}]


def test_an_inbox_is_of_values():
    row = {"conversation": "dm:a:b", "delivered": 2, "read": 1, "muted": 0, "archived": False, "pinned": True,
           "other": {"user": "b", "name": "Ben", "later": 1}, "unread": 1,
           "last": {"seq": 2, "at": 5, "sender": "b", "preview": "hi"}}  # fmt: skip
    server = Server({"conversations": [row, {**row, "last": None}], "cursor": None})
    first, second = using(server, lambda r: every(r.list_conversations(archived=True)))
    assert (first.conversation, first.settings.pinned, first.other.name) == ("dm:a:b", True, "Ben")
    assert (first.last, second.last) == (resources.Last(2, 5, "b", "hi"), None)
    assert dict(server.asked[0].url.params) == {"archived": "true"}


def test_history_is_entries():
    server = Server({"entries": [{**ENTRY, "body": {"text": "hi", "media": ["m1"]}}], "more": True})
    found = using(server, lambda r: r.list_entries("dm:a:b", before=7))
    assert (found.entries[0].text, found.entries[0].media, found.more) == ("hi", ("m1",), True)
    assert str(server.asked[0].url) == f"{BASE}/conversations/dm%3Aa%3Ab/entries?before=7&limit=50"


def test_a_message_keeps_its_name_through_attempts():
    stored = {"id": "m1", "conversation": "dm:a:b", "seq": 1, "count": 1, "at": 5}
    server = Server(httpx.ReadError("cut"), httpx.Response(201, json=stored))
    assert using(server, lambda r: r.send_message("dm:a:b", "hi", after=0)).seq == 1
    assert server.bodies[0] == server.bodies[1]
    assert server.bodies[0]["body"] == {"text": "hi"}


def test_only_what_is_said_is_changed():
    settings = {"conversation": "c", "delivered": 0, "read": 0, "muted": 0, "archived": False, "pinned": False}
    server = Server(settings)
    using(server, lambda r: r.change_conversation("c", muted=0, pinned=False))
    assert server.bodies == [{"muted": 0, "pinned": False}]


@pytest.mark.parametrize(
    ("version", "headers"),
    [(0, {"If-None-Match": "*"}), (3, {"If-Match": '"3"'}), (rest.ANY, {"If-Match": "*"})],
)
def test_a_value_is_put_in_place_of_a_version(version: Any, headers: dict[str, str]):
    server = Server({"key": "k", "version": 4, "deleted": False, "value": {"a": 1}})
    assert using(server, lambda r: r.put_data("k", {"a": 1}, version=version)).version == 4
    assert {n: v for n, v in server.asked[0].headers.items() if n.startswith("if-")} == {
        n.lower(): v for n, v in headers.items()
    }


def test_data_is_one_answer_over_all_pages_and_a_reset_forgets_what_came_before():
    def page(key: str, cursor: str | None, *, reset: bool = False) -> dict[str, Any]:
        datum = {"key": key, "version": 1, "deleted": False, "value": 1}
        return {"changes": [datum], "version": 9, "reset": reset, "cursor": cursor}

    server = Server(page("a", "c"), page("b", "d", reset=True), page("c", None))
    found = using(server, lambda r: r.list_data(3))
    assert ([d.key for d in found.changes], found.version, found.reset) == (["b", "c"], 9, True)


@pytest.mark.parametrize("user", ["", ".", ".."])
def test_an_id_cannot_lead_elsewhere(user: str):
    with pytest.raises(ValueError, match="not an id"):
        using(Server(), lambda r: r.read_user(user))
    server = Server(problem(404, "not_found"))
    with pytest.raises(Problem):
        using(server, lambda r: r.read_user("a/../../me?x"))
    assert server.asked[0].url.raw_path == b"/base/users/a%2F..%2F..%2Fme%3Fx"


FORM = {
    "media": "M1",
    "url": "https://s3.example/bucket",
    "fields": {"key": "k", "Content-Type": "image/png"},
    "expires": 9,
}
MEDIA = {"media": "M1", "state": "ready", "type": "image/png", "size": 3, "sha256": "x", "within": "profile",
         "owner": "a", "created": 1, "url": "https://cdn"}  # fmt: skip


def uploading(server: Server, path: Path) -> tuple[resources.Media, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    media = using(server, lambda r: r.upload(path, "profile", progress=lambda *of: told.append(of)))
    return media, told


def test_an_upload_is_named_posted_and_watched_until_it_is_verified(tmp_path: Path):
    path = tmp_path / "face.png"
    path.write_bytes(b"x" * 200_000)
    server = Server(FORM, httpx.Response(204), MEDIA)
    media, told = uploading(server, path)
    assert (media.state, media.url) == ("ready", "https://cdn")
    assert json.loads(server.asked[0].content)["size"] == 200_000
    posted = server.asked[1].content
    assert posted.index(b'name="key"') < posted.index(b'name="file"')
    assert "authorization" not in server.asked[1].headers
    assert told == sorted(told)
    assert (told[-1], len(told) > 2) == ((200_000, 200_000), True)


def test_a_refused_upload_says_so(tmp_path: Path):
    path = tmp_path / "face.png"
    path.write_bytes(b"x")
    with pytest.raises(UploadRefused, match="HTTP 403"):
        uploading(Server(FORM, httpx.Response(403)), path)
    with pytest.raises(UploadRefused, match="not an image"):
        uploading(Server(FORM, httpx.Response(204), {**MEDIA, "state": "refused", "reason": "not an image"}), path)


def test_a_file_whose_type_its_name_does_not_tell_is_not_sent(tmp_path: Path):
    (tmp_path / "face").write_bytes(b"x")
    with pytest.raises(ValueError, match="does not tell"):
        uploading(Server(), tmp_path / "face")


def test_an_export_is_there_or_not_yet():
    assert using(Server(httpx.Response(202, json={"asked": 5})), lambda r: r.export_me()) is None
    made = {"url": "https://s3.example/x.zip", "size": 9, "made": 6}
    assert using(Server(made), lambda r: r.export_me()) == resources.Export("https://s3.example/x.zip", 9, 6)


def test_an_account_is_left_and_come_back_to():
    server = Server(httpx.Response(202, json={"asked": 1, "due": 2, "begun": False}), httpx.Response(204))

    async def leave_and_return(client: Rest) -> resources.Deletion:
        deletion = await client.delete_me()
        await client.restore_me()
        return deletion

    assert using(server, leave_and_return) == resources.Deletion(1, 2, False)
    assert [(r.method, r.url.path) for r in server.asked] == [("DELETE", "/base/me"), ("POST", "/base/me/restore")]


def test_what_the_methods_speak_of_can_be_imported():
    assert ANY is rest.ANY
