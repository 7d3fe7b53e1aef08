"""The commands over HTTP, with odd files and answers."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_client.cli import rest_commands
from parley_client.cli.commands import CommandError
from parley_client.cli.terminal import Terminal
from parley_client.http.problems import Problem
from parley_client.http.rest import Rest

from tests.unit.client.http.test_rest import BASE, ENTRY, FORM, MEDIA, Server, Token, problem

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
STORED = {"id": "m", "conversation": "dm:a:b", "seq": 2, "count": 2, "at": 5}
HISTORY = {"entries": [{**ENTRY, "body": {"text": "hi"}}], "more": False}
READY = (FORM, httpx.Response(204), MEDIA)


class Shown:
    """A terminal that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes: list[str] = []
        self.terminal = Terminal(as_json=False, show=self.lines.append, note=self.notes.append)


def run(server: Server, work: Callable[[Rest], Any]) -> Any:
    async def scenario() -> Any:
        async with Rest(BASE, Token(), transport=httpx.MockTransport(server)) as client:
            return await work(client)

    return asyncio.run(scenario())


def upload(server: Server, path: Path, where: str | None = "b", text: str = "") -> Shown:
    shown = Shown()
    assert run(server, lambda r: rest_commands.upload(r, shown.terminal, "a", path, where, text)) == 0
    return shown


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "face.png"
    path.write_bytes(b"x")
    return path


def test_a_file_is_sent_or_becomes_the_photo(photo: Path):
    server = Server(*READY, HISTORY, STORED)
    assert upload(server, photo, text="look").lines == ["sent: dm:a:b 2  M1"]
    assert b"look" in server.asked[-1].content
    assert b"face.png" not in server.asked[1].content
    me = {"user": "a", "role": "consumer", "version": 1, **dict.fromkeys(
        ("name", "about", "photo", "locale", "category", "business", "availability"), "")}  # fmt: skip
    assert upload(Server(*READY, me), photo, None).lines == ["your photo is now face.png: M1"]


def directory(path: Path) -> Path:
    path.mkdir()
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


@pytest.mark.parametrize(
    ("make", "why"),
    [(lambda path: path, "No such file"), (directory, "a directory"), (empty, "empty"),
     (lambda _: Path("/dev/null"), "not a file"), (lambda path: path.with_name("x" * 5_000), "name too long")],
)  # fmt: skip
def test_what_cannot_be_uploaded_is_said_before_anything_is_asked(
    tmp_path: Path, make: Callable[[Path], Path], why: str
):
    server = Server()
    with pytest.raises(CommandError, match=why):
        upload(server, make(tmp_path / "face.png"))
    assert server.asked == []


@pytest.mark.parametrize("text", ["x" * 8_001, "half \udcff"])
def test_a_text_that_could_never_be_sent_is_refused_before_the_file_goes_anywhere(photo: Path, text: str):
    server = Server()
    with pytest.raises(ValueError, match="message"):
        upload(server, photo, text=text)
    assert server.asked == []


def test_a_file_that_vanishes_on_the_way_is_one_clear_error(photo: Path):
    def vanish(request: httpx.Request) -> httpx.Response:
        photo.unlink()
        return httpx.Response(200, json=FORM)

    with pytest.raises(CommandError, match=r"face\.png: No such file"):
        upload(vanish, photo)


def test_a_file_that_is_emptied_on_the_way_is_left_to_the_store_to_refuse(photo: Path):
    answers = Server(FORM, httpx.Response(400))

    def emptied(request: httpx.Request) -> httpx.Response:
        photo.write_bytes(b"")
        return answers(request)

    with pytest.raises(Exception, match="refuses the file"):
        upload(emptied, photo)


@pytest.mark.parametrize(
    ("answers", "said"),
    [((HISTORY, problem(403, "blocked")), "uploaded, but not sent: why (blocked)"),
     ((problem(403, "forbidden"),), "uploaded, but not sent: why (forbidden)"),
     ((HISTORY, httpx.Response(200, text="<html>")), "uploaded, but perhaps not sent: ")],
)  # fmt: skip
def test_what_was_uploaded_and_not_sent_is_told_so(photo: Path, answers: tuple[Any, ...], said: str):
    with pytest.raises(CommandError) as told:
        upload(Server(*READY, *answers), photo)
    assert str(told.value).startswith(said)


def test_a_photo_that_was_uploaded_and_not_taken_can_be_taken_later(photo: Path):
    with pytest.raises(CommandError, match=r"perhaps not your photo yet: why .*parley profile --set photo=M1"):
        upload(Server(*READY, problem(409, "stale")), photo, None)


def test_a_file_of_a_type_that_is_not_taken_is_named_in_words(photo: Path):
    wrong = {"at": "body.type", "why": "Input should be 'image/jpeg', 'image/png' or others"}
    refusal = httpx.Response(400, json={"code": "bad_request", "detail": "not as described", "errors": [wrong]})
    with pytest.raises(CommandError, match=r"face\.png: no file of this type can be sent; pictures, .* can$"):
        upload(Server(refusal), photo)


def test_any_other_refusal_of_a_file_is_the_servers(photo: Path):
    wrong = {"at": "body.size", "why": "too much"}
    refusal = httpx.Response(400, json={"code": "bad_request", "detail": "not as described", "errors": [wrong]})
    with pytest.raises(Problem, match=r"body\.size: too much"):
        upload(Server(refusal), photo)


@pytest.mark.parametrize(
    ("at", "where", "said"),
    [(0, "b", "-- interrupted: face.png was not sent"),
     (2, None, "-- interrupted: face.png was not made your photo"),
     (3, None, "-- interrupted: uploaded, but perhaps not your photo yet; parley profile --set photo=M1 makes it that"),
     (4, "b", "-- interrupted: uploaded, but perhaps not sent; parley chat shows whether it was")],
)  # fmt: skip
def test_who_interrupts_an_upload_is_told_how_far_it_got(photo: Path, at: int, where: str | None, said: str):
    shown, answers = Shown(), Server(*READY, HISTORY)

    async def scenario() -> None:
        stuck = asyncio.Event()

        async def answer(request: httpx.Request) -> httpx.Response:
            if len(answers.asked) == at:
                stuck.set()
                await asyncio.sleep(60)
            return answers(request)

        async with Rest(BASE, Token(), transport=httpx.MockTransport(answer)) as client:
            task = asyncio.create_task(rest_commands.upload(client, shown.terminal, "a", photo, where, ""))
            async with asyncio.timeout(10):
                await stuck.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scenario())
    assert [note for note in shown.notes if "%" not in note] == [said]


@pytest.mark.parametrize(
    ("user", "told", "why"),
    [("", [], "not a user"), ("a/b", [], "not a user"), ("b", ["name=x"], "only your own"),
     (None, ["x"], "FIELD=VALUE"), (None, ["role=x"], "FIELD=VALUE"), (None, ["about=\udcff"], "not valid Unicode")],
)  # fmt: skip
def test_an_odd_question_about_a_profile_is_not_asked(user: str | None, told: list[str], why: str):
    server = Server()
    with pytest.raises(CommandError, match=why):
        run(server, lambda r: rest_commands.profile(r, Shown().terminal, user, told))
    assert server.asked == []


def test_what_others_tell_of_themselves_stays_in_its_place():
    user = {"user": "b", "role": "provider", "version": 1, "name": "Ben", "about": "day\nname  Ada", "photo": ""}
    shown = Shown()
    run(Server(user), lambda r: rest_commands.profile(r, shown.terminal, "b", []))
    assert "\nabout        day\n             name  Ada" in shown.lines[0]


def test_an_inbox_has_names_and_the_ids_that_a_chat_needs():
    def row(user: str, name: str, preview: str) -> dict[str, Any]:
        return {"conversation": f"dm:a:{user}", "delivered": 2, "read": 1, "muted": 0, "archived": False,
                "pinned": True, "other": {"user": user, "name": name}, "unread": 1,
                "last": {"seq": 2, "at": 5, "sender": user, "preview": preview}}  # fmt: skip

    shown = Shown()
    server = Server({"conversations": [row("b", "Ben", "hi\n● Zoe  z"), row("c", "", "hi")], "cursor": None})
    run(server, lambda r: rest_commands.inbox(r, shown.terminal, archived=False))
    assert shown.lines == ["  Ben  b (1 new) [pinned]  hi ● Zoe  z", "  c (1 new) [pinned]  hi"]


@pytest.mark.parametrize("device", ["", "my phone"])
def test_what_is_no_id_of_a_device_is_said_before_anything_is_asked(device: str):
    server = Server()
    for command in (
        lambda r: rest_commands.put_device(r, Shown().terminal, device, "fcm", "t"),
        lambda r: rest_commands.delete_device(r, Shown().terminal, device),
    ):
        with pytest.raises(CommandError, match="not the id of a device"):
            run(server, command)
    assert server.asked == []
