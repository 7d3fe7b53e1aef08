"""The commands ``chat`` and ``send``, in a pipe, against a server that answers at once."""

import asyncio
import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from parley_client.cli import commands
from parley_client.cli.chat import View, _Talk, chat
from parley_client.cli.credentials import Credentials, CredentialStore
from parley_client.cli.display_names import DisplayNames
from parley_client.cli.terminal import Terminal, line_of
from parley_client.live import client as clients
from parley_client.live.client import Client
from parley_client.protocol import effects, inputs, wire
from parley_client.protocol.events import Receipt, State, StateChanged
from parley_client.protocol.store import MemoryStore
from parley_client.protocol.values import Marks

from tests import interrupts
from tests.unit.client.driver import ME, TALK, YOU, entry, jwt, message

on_a_loop = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


class Server:
    """Replaces the socket: answers every frame, refuses "refuse", and lets "gap" overtake a message of the other's."""

    def __init__(self, attempt, url, token, report):
        self._attempt, self._report, self._seq = attempt, report, 0
        report(inputs.SocketOpened(attempt))

    def transmit(self, text):
        said = json.loads(text)
        if answer := self._answer(said["action"], said):
            self._report(inputs.FrameReceived(self._attempt, json.dumps({"id": said.get("id"), **answer})))

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
        if action == "presence":
            return {"type": "presence", "users": {}}
        return None

    def _say(self, frame):
        self._report(inputs.FrameReceived(self._attempt, json.dumps(frame)))

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
            return asyncio.run(chat(client, Terminal(as_json=as_json), DisplayNames(), YOU, timeout=5))

    return run


PEER = "3f2a91bc-0000-4000-8000-000000000001"


def test_a_line_names_its_sender_shortly_where_the_name_is_long():
    for sender, shown in ((PEER, "3f2a91bc"), ("customer-1", "customer-1"), (ME, "me")):
        assert line_of(wire.entry(entry(1, sender)), ME).endswith(f" {shown}: text 1")


@on_a_loop
def test_ticks_say_up_to_which_message_the_other_has_received_and_read_and_not_in_a_pipe(store):
    async def scenario(*, receipts):
        said: list[str] = []
        for seq in range(1, 5):
            store.apply([effects.PutEntries((wire.entry(entry(seq, YOU if seq == 3 else ME)),))])
        store.apply([effects.PutMarks(Marks(TALK, YOU, 1, 1))])
        async with Client("ws://nowhere", token, store) as client:
            terminal = Terminal(as_json=False, show=lambda _: None, note=said.append)
            view = View(client, TALK, terminal, DisplayNames(), receipts=receipts)
            view.history()
            for user, delivered, read in ((ME, 4, 4), (YOU, 1, 1), (YOU, 3, 3), (YOU, 4, 3), (YOU, 4, 3), (YOU, 4, 4)):
                view.event(Receipt(TALK, user, delivered, read))
        return [line.strip() for line in said]

    told = [("read", 1), ("read", 2), ("delivered", 4), ("read", 4)]
    assert asyncio.run(scenario(receipts=True)) == [f"✓✓ {what}, up to “text {n}”" for what, n in told]
    assert asyncio.run(scenario(receipts=False)) == []


@on_a_loop
def test_a_connection_that_was_there_before_anybody_listened_is_seen(store):
    async def scenario():
        seen: list[State] = []
        async with Client("ws://nowhere", token, store) as client:
            await asyncio.wait_for(_live(client), 5)
            also = lambda event: seen.append(event.state) if isinstance(event, StateChanged) else None  # noqa: E731
            talk = _Talk(client, TALK, Terminal(as_json=True), DisplayNames(), also)
            await talk.close()
        return seen

    async def _live(client):
        while client.state is not State.LIVE:
            await asyncio.sleep(0.01)

    assert asyncio.run(scenario()) == [State.LIVE]


@on_a_loop
@pytest.mark.parametrize("typed", [["/help", "//shrug", "/quit", "never"], ["/nonsense", "//shrug", "/quit"]])
def test_lines_for_the_chat_itself_are_not_sent(store, typed):
    async def scenario():
        said: list[str] = []
        async with Client("ws://nowhere", token, store) as client:
            terminal = Terminal(as_json=False, show=lambda _: None, note=said.append)
            talk = _Talk(client, TALK, terminal, DisplayNames(), interactive=True)
            lines: asyncio.Queue[str | None] = asyncio.Queue()
            for line in typed:
                lines.put_nowait(line)
            assert await talk.until_the_end(lines, 5) == 0
            await talk.close()
        return said

    said = asyncio.run(scenario())
    assert [entry.text for entry in store.entries(TALK)] == ["/shrug"]
    assert any("/quit" in line for line in said)


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
    assert store.undelivered() == []  # it was reported, and whoever piped it still has it
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
    home = CredentialStore(tmp_path)
    home.save(Credentials("ana", "ws://127.0.0.1:9/", "c", "r", None, jwt(sub=ME, exp=9_000_000_000), "r"))
    return tmp_path


def process(home, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE):
    with interrupts.heeded():
        return subprocess.Popen(
            [sys.executable, "-m", "parley_client", *arguments, "--home", str(home)],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(clients.__file__).parents[2])},
            stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip


def test_a_chat_that_cannot_send_ends_by_its_time_out_with_a_status(signed_in):
    with process(signed_in, "chat", YOU, "--timeout", "0.5") as parley:
        _, told = parley.communicate("hello\n", timeout=30)
    assert parley.returncode == 1
    assert "-- waiting up to 0.5 s for 1 message; Ctrl-C leaves it in the outbox" in told.splitlines()
    assert told.splitlines()[-1] == "parley: 1 not acknowledged yet; in the outbox until next connected"


def test_a_line_typed_without_a_server_stays_in_sight_until_the_end_and_the_wait_is_said(signed_in):
    keyboard, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with process(signed_in, "chat", YOU, "--timeout", "0.5", stdin=screen, stdout=screen) as parley:
        os.close(screen)
        seen = until(keyboard, "[not connected")
        os.write(keyboard, b"hello\nand more\n")
        seen = until(keyboard, "and more\r\n\r\x1b[K[not connected")
        assert "…        me: hello\r\n…        me: and more\r\n" in seen
        os.write(keyboard, b"\x04")
        seen = until(keyboard, None)
        parley.communicate(timeout=30)
    os.close(keyboard)
    assert parley.returncode == 1
    assert "-- waiting up to 0.5 s for 2 messages; Ctrl-C leaves them in the outbox" in seen
    assert "] > " not in seen[seen.index("-- waiting") :]
    assert seen.endswith("…        me: hello\r\n…        me: and more\r\n\r\x1b[K\r\x1b[K")


def until(keyboard, wanted):
    """What the terminal shows, up to ``wanted`` or to the end."""
    seen = b""
    while wanted is None or wanted.encode() not in seen:
        assert select.select([keyboard], [], [], 30)[0], seen
        try:
            part = os.read(keyboard, 4_096)
        except OSError:  # this is how Linux reports a terminal's end
            part = b""
        if not part:
            break
        seen += part
    text = seen.decode()
    assert wanted is None or wanted in text
    return text


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
        asyncio.run(
            commands.conversations(Client("ws://nowhere", no_token, store), Terminal(as_json=False), DisplayNames())
        )


@on_a_loop
def test_a_message_to_nobody_says_where_users_are_listed(store):
    with pytest.raises(
        commands.CommandError, match=r"no such user \(not_found\); parley providers CATEGORY lists users"
    ):
        asyncio.run(
            commands.send(Client("ws://nowhere", token, store), Terminal(as_json=True), YOU, "refuse", timeout=5)
        )
    assert store.undelivered() == []


def test_a_message_that_waits_says_for_what(signed_in):
    with process(signed_in, "send", YOU, "hello", "--timeout", "0.5") as parley:
        _, told = parley.communicate(timeout=30)
    assert parley.returncode == 1
    assert told.count("\n") == 1
    assert "not acknowledged yet (connection refused)" in told


def test_a_password_that_cannot_be_asked_for_is_one_line(tmp_path):
    with process(tmp_path, "sign-in", "--username", "ana", "--url", "ws://x", "--client-id", "c") as parley:
        out, told = parley.communicate(timeout=30)
    assert (parley.returncode, out) == (1, "")
    assert told == "parley: no terminal to ask on: give --username, and the password in PARLEY_PASSWORD\n"


def test_bad_usage_is_one_line(tmp_path):
    with process(tmp_path, "send", YOU) as parley:
        _, told = parley.communicate(timeout=30)
    assert parley.returncode == 2
    assert told.count("\n") == 1


@pytest.mark.enable_socket  # the test is the server
def test_an_interrupted_upload_says_in_one_line_what_has_not_happened(tmp_path):
    photo = tmp_path / "face.png"
    photo.write_bytes(b"x")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = f"http://127.0.0.1:{silent.getsockname()[1]}"
        token = jwt(sub=ME, exp=9_000_000_000)
        CredentialStore(tmp_path).save(Credentials("ana", "ws://x", "c", "r", None, token, "r", http_url=here))
        with process(tmp_path, "upload", str(photo), "--to", PEER) as parley:
            silent.settimeout(30)
            with silent.accept()[0] as asking:
                asking.recv(1)
                parley.send_signal(signal.SIGINT)
                out, told = parley.communicate(timeout=30)
    assert (parley.returncode, out, told) == (130, "", "-- interrupted: face.png was not sent\n")


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN], ids=["heeded", "ignored"])
def run_from(request):
    """These tests are run from where SIGINT is heeded, or ignored as in a shell's background."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("run_from")
@pytest.mark.parametrize("arguments", [("tail",), ("chat", YOU)])
def test_an_interrupted_command_ends_with_130_and_without_a_word(signed_in, arguments):
    with process(signed_in, *arguments) as parley:
        assert "not connected" in parley.stderr.readline()
        parley.send_signal(signal.SIGINT)
        assert parley.wait(timeout=30) == 130
        rest = parley.stderr.read()
    assert all(line.startswith("-- ") for line in rest.splitlines())
