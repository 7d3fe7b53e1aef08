"""The commands ``chat`` and ``send``, in a pipe, against a server that answers at once."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from parley_client import client as clients
from parley_client import commands, steps, wire
from parley_client.chat import Status, View, chat
from parley_client.client import Client
from parley_client.events import Receipt, State, StateChanged, TypingChanged
from parley_client.home import Home, SignIn
from parley_client.store import MemoryStore
from parley_client.terminal import Terminal, line_of
from parley_client.values import Marks, Online

from tests.unit.client.driver import ME, TALK, YOU, entry, message
from tests.unit.client.test_shell import jwt

on_a_loop = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


class Server:
    """In place of a socket: answers every frame; refuses "refuse", and lets "gap" overtake a message of the other's."""

    def __init__(self, attempt, url, token, report):
        self._attempt, self._report, self._seq = attempt, report, 0
        report(steps.Opened(attempt))

    def transmit(self, text):
        said = json.loads(text)
        if answer := self._answer(said["action"], said):
            self._report(steps.Heard(self._attempt, json.dumps({"id": said.get("id"), **answer})))

    def _answer(self, action, said):
        if action == "sync":
            return {"type": "synced", "entries": [], "marks": [], "conversations": [], "more": False}
        if action == "send" and "refuse" in said["body"]["text"]:
            return {"type": "error", "code": "not_found", "message": "no such user", "retryable": False}
        if action == "send":
            self._seq += 1
            if "gap" in said["body"]["text"]:
                asyncio.get_running_loop().call_later(0.1, self._say, message(self._seq))
                self._seq += 1
            return {"type": "ack", "conversation": TALK, "seq": self._seq, "count": self._seq, "at": 1_000}
        return None

    def _say(self, frame):
        self._report(steps.Heard(self._attempt, json.dumps(frame)))

    def close(self):
        return asyncio.ensure_future(asyncio.sleep(0))


async def token():
    return jwt(sub=ME)


@pytest.fixture
def store(monkeypatch):
    monkeypatch.setattr(clients.sockets, "Socket", Server)
    return MemoryStore(ME)


@pytest.fixture
def pipe(store, monkeypatch):
    def run(typed, *, as_json=False):
        readable, writable = os.pipe()
        with os.fdopen(writable, "wb") as sink:
            sink.write(typed)
        with os.fdopen(readable, encoding="utf-8") as source:
            monkeypatch.setattr(sys, "stdin", source)
            client = Client("ws://nowhere", token, store)
            return asyncio.run(chat(client, Terminal(as_json=as_json), YOU, timeout=5))

    return run


PEER = "3f2a91bc-0000-4000-8000-000000000001"


def test_the_prompt_names_the_other_with_their_presence_and_says_when_we_are_not_connected():
    shown: list[str] = []
    status = Status(TALK, PEER, shown.append)
    status.presence(Online(online=False, seen=None))
    status.event(StateChanged(State.LIVE))
    status.event(TypingChanged(TALK, PEER, typing=True))
    status.presence(Online(online=True, seen=None))
    status.presence(None)
    status.event(TypingChanged(TALK, PEER, typing=False))
    assert shown == [
        "[not connected] ",
        "3f2a91bc (offline) ",
        "3f2a91bc (offline, typing…) ",
        "3f2a91bc (online, typing…) ",
        "3f2a91bc (typing…) ",
        "3f2a91bc ",
    ]


def test_a_line_names_its_sender_shortly_where_the_name_is_long():
    for sender, shown in ((PEER, "3f2a91bc"), ("customer-1", "customer-1"), (ME, "me")):
        assert line_of(wire.entry(entry(1, sender)), ME).endswith(f" {shown}: text 1")


@on_a_loop
def test_ticks_say_up_to_which_message_the_other_has_read_and_not_in_a_pipe(store):
    async def scenario(*, receipts):
        said: list[str] = []
        for seq in range(1, 5):
            store.apply([steps.PutEntries((wire.entry(entry(seq, YOU if seq == 3 else ME)),))])
        store.apply([steps.PutMarks(Marks(TALK, YOU, 1, 1))])
        async with Client("ws://nowhere", token, store) as client:
            terminal = Terminal(as_json=False, show=lambda _: None, note=said.append)
            view = View(client, TALK, terminal, receipts=receipts)
            view.history()
            for user, read in ((ME, 4), (YOU, 1), (YOU, 3), (YOU, 3), (YOU, 4)):
                view.event(Receipt(TALK, user, read, read))
        return [line.strip() for line in said]

    assert asyncio.run(scenario(receipts=True)) == [f"✓✓ read, up to “text {n}”" for n in (1, 2, 4)]
    assert asyncio.run(scenario(receipts=False)) == []


@on_a_loop
def test_all_that_was_piped_is_shown_before_the_end(pipe, capsys):
    lines = [f"line {n}" for n in range(1, 40)] + ["the last, behind a gap"]
    assert pipe("\n".join(lines).encode()) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in told] == [*lines[:-1], "text 40", lines[-1]]


@on_a_loop
@pytest.mark.parametrize(
    ("line", "reason"),
    [(b"refuse", "no such user"), (b"x" * 9_000, "at most 8000 characters"), (b"half \xff", "not valid Unicode")],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_piped_line_that_was_not_sent_is_one_line_and_a_status_and_the_rest_goes_out(
    pipe, capsys, store, line, reason, as_json
):
    assert pipe(b"one\n" + line + b"\ntwo\n", as_json=as_json) == 1
    told = capsys.readouterr()
    [failure] = [text for text in told.err.splitlines() if "not sent" in text]
    assert reason in failure
    assert len(failure) < 200
    assert [e.text for e in store.entries(TALK)] == ["one", "two"]
    assert store.undelivered() == []  # reported: whoever piped it has it still
    if as_json:
        [failed] = [said for said in map(json.loads, told.out.splitlines()) if said["event"] == "failed"]
        assert reason in failed["reason"]


@on_a_loop
@pytest.mark.parametrize("as_json", [False, True])
def test_a_single_message_that_was_refused_is_reported_and_not_kept(store, capsys, as_json):
    client = Client("ws://nowhere", token, store)
    with pytest.raises(commands.CommandError, match="no such user"):
        asyncio.run(commands.send(client, Terminal(as_json=as_json), YOU, "refuse", 5))
    assert store.undelivered() == store.outbox() == []
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == ["failed"] * as_json


# -- as processes, without any server


@pytest.fixture
def signed_in(tmp_path):
    home = Home(tmp_path)
    home.keep(SignIn("ana", "ws://127.0.0.1:9/", "c", "r", None, jwt(sub=ME, exp=9_000_000_000), "r"))
    return tmp_path


def process(home, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "parley_client", *arguments, "--home", str(home)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(clients.__file__).parents[1])},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def test_a_chat_that_cannot_send_ends_by_its_time_out_with_a_status(signed_in):
    with process(signed_in, "chat", YOU, "--timeout", "0.5") as parley:
        _, told = parley.communicate("hello\n", timeout=30)
    assert parley.returncode == 1
    assert told.splitlines()[-1] == "parley: 1 not acknowledged yet; in the outbox until next connected"


def test_who_lists_conversations_without_a_server_hears_soon_why_it_takes_so_long(signed_in):
    with process(signed_in, "conversations") as parley:
        line = parley.stderr.readline()
        parley.send_signal(signal.SIGINT)
        parley.communicate(timeout=30)
    assert line == "-- not connected yet (connection refused); trying for 15 s\n"


@on_a_loop
def test_conversations_that_may_be_old_say_why(store, capsys, monkeypatch):
    async def no_token():
        raise OSError("no network")

    monkeypatch.setattr(commands, "_CONNECT_TIMEOUT", 0.05)
    with pytest.raises(commands.CommandError, match=r"not connected \(no token: no network\)"):
        asyncio.run(commands.conversations(Client("ws://nowhere", no_token, store), Terminal(as_json=False)))


def test_a_message_that_waits_says_for_what(signed_in):
    with process(signed_in, "send", YOU, "hello", "--timeout", "0.5") as parley:
        _, told = parley.communicate(timeout=30)
    assert parley.returncode == 1
    assert told.count("\n") == 1
    assert "not acknowledged yet (connection refused)" in told


def test_a_password_that_cannot_be_asked_for_is_one_line(tmp_path):
    with process(tmp_path, "sign-in", "--username", "ana") as parley:
        out, told = parley.communicate(timeout=30)
    assert (parley.returncode, out) == (1, "")
    assert told == "parley: no terminal to ask on: give --username, and the password in PARLEY_PASSWORD\n"


def test_bad_usage_is_one_line(tmp_path):
    with process(tmp_path, "send", YOU) as parley:
        _, told = parley.communicate(timeout=30)
    assert parley.returncode == 2
    assert told.count("\n") == 1


@pytest.mark.parametrize("arguments", [("tail",), ("chat", YOU)])
def test_an_interrupted_command_ends_with_130_and_without_a_word(signed_in, arguments):
    with process(signed_in, *arguments) as parley:
        assert "not connected" in parley.stderr.readline()
        parley.send_signal(signal.SIGINT)
        assert parley.wait(timeout=30) == 130
        rest = parley.stderr.read()
    assert all(line.startswith("-- ") for line in rest.splitlines())
