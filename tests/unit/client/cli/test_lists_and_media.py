"""Lists as programs and people see them, empty ones too, and attached files saved."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_client.cli import media_command, rest_commands
from parley_client.cli.commands import CommandError
from parley_client.cli.terminal import Terminal
from parley_client.http import downloads
from parley_client.http.problems import Problem

from docs.openapi import PATH
from tests.unit.client.cli.test_rest_commands import Shown, run
from tests.unit.client.http.test_rest import MEDIA, Server

_FILE = "01JDA0000000000000000000AA"
pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
ROW = {"conversation": "dm:a:b", "delivered": 2, "read": 1, "muted": 0, "archived": False, "pinned": True, "unread": 1,
       "other": {"user": "b", "name": "Ben", "photo": "", "role": "provider", "online": True, "seen": None},
       "last": {"seq": 2, "at": 5, "sender": "b", "preview": "hi"}}  # fmt: skip


def test_the_inbox_is_to_programs_what_the_api_says(capsys: pytest.CaptureFixture[str]):
    server = Server({"conversations": [ROW], "cursor": None})
    terminal = Terminal(as_json=True, show=print, note=print)
    assert run(server, lambda r: rest_commands.inbox(r, terminal, archived=False)) == 0
    shown = json.loads(capsys.readouterr().out)
    schemas = json.loads(PATH.read_text(encoding="utf-8"))["components"]["schemas"]
    [described] = [s for s in schemas.values() if {"conversation", "muted", "unread"} <= s.get("properties", {}).keys()]
    assert shown.keys() == described["properties"].keys()
    assert {name: shown[name] for name in ("pinned", "unread", "last")} == {
        name: ROW[name] for name in ("pinned", "unread", "last")
    }


@pytest.mark.parametrize(("archived", "says"), [(False, "no conversations yet"), (True, "nothing is archived")])
def test_an_empty_inbox_says_so_to_people_only(archived: bool, says: str, capsys: pytest.CaptureFixture[str]):
    nothing: dict[str, Any] = {"conversations": [], "cursor": None}
    shown = Shown()
    run(Server(nothing), lambda r: rest_commands.inbox(r, shown.terminal, archived=archived))
    assert (shown.lines, says in shown.notes[0]) == ([], True)
    terminal = Terminal(as_json=True, show=print, note=print)
    run(Server(nothing), lambda r: rest_commands.inbox(r, terminal, archived=archived))
    assert capsys.readouterr().out == ""


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The links that are followed. What they lead to is ``bytes``, but ``/gone`` refuses."""
    links: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        links.append(str(request.url))
        return httpx.Response(403) if request.url.path == "/gone" else httpx.Response(200, content=b"bytes")

    real = downloads.download
    monkeypatch.setattr(media_command, "download", lambda url, path: real(url, path, httpx.MockTransport(answer)))
    return links


def save(media: dict[str, Any], where: Path, *, force: bool = False) -> Shown:
    shown = Shown()
    run(Server(media), lambda r: media_command.media(r, shown.terminal, _FILE, where, look=False, force=force))
    return shown


def test_a_file_is_saved_under_the_name_that_is_given_or_its_own(tmp_path: Path, fetched: list[str]):
    assert save(MEDIA, tmp_path / "face").lines == [f"saved: {tmp_path / 'face'}"]
    save(MEDIA, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"face": b"bytes", f"{_FILE}.png": b"bytes"}
    assert fetched == ["https://cdn", "https://cdn"]


def test_a_refused_link_leaves_the_file_that_was_there(tmp_path: Path, fetched: list[str]):
    (tmp_path / "face").write_bytes(b"before")
    with pytest.raises(Problem):
        save({**MEDIA, "url": "https://cdn/gone"}, tmp_path / "face", force=True)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]
    assert len(fetched) == 1


def test_a_file_that_exists_is_overwritten_only_by_force(tmp_path: Path, fetched: list[str]):
    (tmp_path / "face").write_bytes(b"before")
    with pytest.raises(CommandError, match="face exists; --force overwrites it"):
        save(MEDIA, tmp_path / "face")
    assert fetched == []
    save(MEDIA, tmp_path / "face", force=True)
    assert (tmp_path / "face").read_bytes() == b"bytes"


def test_providers_are_listed_with_their_ids(capsys: pytest.CaptureFixture[str]):
    ben = {"user": "b", "role": "provider", "version": 1, "name": "Ben", "about": "", "photo": "", "category": "law",
           "business": "Ben's", "availability": "available"}  # fmt: skip
    shown = Shown()
    server = Server({"providers": [ben], "cursor": None})
    assert run(server, lambda r: rest_commands.providers(r, shown.terminal, "law")) == 0
    assert shown.lines == ["b  Ben  Ben's"]
    run(Server({"providers": [], "cursor": None}), lambda r: rest_commands.providers(r, shown.terminal, "law"))
    assert shown.notes == ["no providers in law"]
    with pytest.raises(CommandError, match="not a category"):
        run(server, lambda r: rest_commands.providers(r, shown.terminal, "Law"))


def test_a_file_without_a_link_says_why(tmp_path: Path):
    with pytest.raises(CommandError, match=rf"{_FILE} is refused \(too large\): there is no link to it"):
        save({**MEDIA, "state": "refused", "reason": "too large", "url": ""}, tmp_path)


def test_a_place_that_cannot_be_written_is_said_in_one_line(tmp_path: Path, fetched: list[str]):
    with pytest.raises(CommandError, match="No such file or directory"):
        save(MEDIA, tmp_path / "nowhere" / "face")
    assert fetched == []


@pytest.mark.parametrize("name", ["zzz", "", "../me", _FILE.lower(), f"{_FILE}\n"])
def test_what_is_no_id_of_a_file_is_said_before_anything_is_asked(name: str):
    server = Server()
    with pytest.raises(CommandError, match=r"^not the id of a file: .*; parley chat shows the ids of files"):
        run(server, lambda r: media_command.media(r, Shown().terminal, name, None, look=False))
    assert server.asked == []


def test_a_file_that_is_not_there_is_said_in_one_clear_line():
    server = Server(httpx.Response(404, json={"code": "not_found", "detail": "no such media"}))
    with pytest.raises(CommandError, match=f"^there is no file {_FILE}, or it is in a conversation of other people$"):
        run(server, lambda r: media_command.media(r, Shown().terminal, _FILE, None, look=False))
