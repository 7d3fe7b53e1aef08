"""Commands beside an open ``chat``, which is the one owner of the user's file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_client import open_store
from parley_client.cli import commands
from parley_client.cli import main as command_line
from parley_client.cli.credentials import Credentials, CredentialStore
from parley_client.cli.main import main
from parley_client.http.rest import Rest
from parley_client.live.client import Client
from parley_client.protocol.store import MemoryStore

from tests.unit.client.driver import ME, jwt
from tests.unit.client.http.test_rest import BASE, Server

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
PEER = "3f2a91bc-0000-4000-8000-000000000001"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory of somebody whose ``chat`` is open."""
    for name in ("WS_URL", "HTTP_URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"PARLEY_{name}", raising=False)
    token = jwt(sub=ME, exp=9_000_000_000)
    CredentialStore(tmp_path).save(Credentials("ana", "ws://x", "c", "r", None, token, "r", http_url=BASE))
    chat = open_store(tmp_path, ME)
    yield tmp_path
    chat.close()


def serve(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> Server:
    server = Server(*answers)
    monkeypatch.setattr(
        command_line, "Rest", lambda url, tokens: Rest(url, tokens, transport=httpx.MockTransport(server))
    )
    return server


def test_a_message_is_sent_over_http_and_needs_no_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    conversation = f"dm:{PEER}:{ME}"
    stored = {"id": "m", "conversation": conversation, "seq": 3, "count": 3, "at": 5}
    server = serve(monkeypatch, {"entries": [], "more": False}, stored)
    assert main(["send", PEER, "hello", "--home", str(home)]) == 0
    assert json.loads(server.asked[-1].content)["body"] == {"text": "hello"}
    assert capsys.readouterr().out == f"sent: {conversation} 3\n"


def test_what_arrives_is_shown_from_memory(home: Path, monkeypatch: pytest.MonkeyPatch):
    stores: list[object] = []

    async def tail(client: Client, *_: object) -> int:
        stores.append(client.store)
        return 0

    monkeypatch.setattr(commands, "tail", tail)
    assert main(["tail", "--home", str(home)]) == 0
    [store] = stores
    assert isinstance(store, MemoryStore)
    assert store.user == ME


def test_a_second_chat_is_told_what_to_do_in_one_line(home: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["chat", PEER, "--home", str(home)]) == 1
    said = capsys.readouterr().err
    assert "another process is using" in said
    assert said.endswith("give this one a directory of its own: --home (PARLEY_HOME)\n")
    assert said.count("\n") == 1


def test_without_http_there_is_no_other_way_to_send(home: Path, capsys: pytest.CaptureFixture[str]):
    known = CredentialStore(home).find("ana")
    assert known is not None
    CredentialStore(home).save(Credentials("ana", known.url, "c", "r", None, known.access, "r"))
    assert main(["send", PEER, "hello", "--home", str(home)]) == 1
    assert "another process is using" in capsys.readouterr().err
