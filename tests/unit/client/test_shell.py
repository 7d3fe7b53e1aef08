"""What surrounds the session, as far as it goes without a socket."""

import asyncio
import base64
import http.client
import http.server
import io
import json
import sys
import threading
import urllib.error
import urllib.request
from typing import ClassVar

import pytest
from parley_client import ANY, events, numbers, rest, steps, whom, wire
from parley_client.addresses import check_address, is_loopback
from parley_client.cli import main
from parley_client.client import Client, ClientStopped
from parley_client.feed import Feed
from parley_client.home import Home, HomeError, SignIn
from parley_client.signin import Cognito, CognitoError, CognitoTokens, Tokens, why
from parley_client.sockets import Socket
from parley_client.sockets import address as socket_address
from parley_client.store import MemoryStore, StoreError
from parley_client.terminal import Terminal, line_of, plain
from parley_client.tokens import SignInRequired, claims, subject
from parley_client.values import Outgoing, address, check_content

from parley.chat import frames
from tests.unit.client.driver import ME, TALK, YOU, entry

on_a_loop = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


async def read_all(feed):
    got = []
    with pytest.raises(ClientStopped):
        while True:
            got.append(await anext(feed))
    return got


def jwt(**said):
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def test_what_the_client_says_the_server_understands():
    dm = "dm:ana:ben"
    said = [
        wire.send(Outgoing("m1", dm, "ben", "grüße 👋"), 0),
        wire.send(Outgoing("m1", dm, "ben", "hi"), 7),
        wire.send(Outgoing("m1", dm, "ben", "", ("01M849TCP1YQCCPDNBXVPTH404",)), 7),
        wire.sync("_1", {dm: 3}, None),
        wire.sync("_2", {}, "c"),
        wire.mark("_3", dm, 4, 0),
        wire.mark("_4", dm, 0, 4),
        wire.typing("_5", dm),
        wire.presence("_6", ["ben"]),
    ]
    assert [type(frames.parse(text)).__name__ for text in said] == [
        *("Send", "Send", "Send", "Sync", "Sync", "Mark", "Mark", "Typing", "Presence")
    ]


def test_limits_are_those_of_the_server():
    assert numbers.FRAME_LIMIT == frames.FRAME_LIMIT
    assert numbers.TEXT_LIMIT == frames.TEXT_LIMIT
    assert numbers.MEDIA_LIMIT == frames.MEDIA_LIMIT
    assert numbers.PRESENCE_LIMIT == frames.PRESENCE_LIMIT
    assert wire.MAX_SEQ == frames.MAX_SEQ


@pytest.mark.parametrize("text", ['{"type":"error","code":"x","retry_after":NaN}', '{"type":"error"}', "[" * 100_000])
def test_strange_frames_are_noise_or_harmless(text):
    assert wire.parse(text) in (wire.Noise(), wire.Refusal(None, "x", "", retryable=False, retry_after=None))


@pytest.mark.parametrize(
    "where", ["", "me", "a b", "dm:you:zoe", "dm:you:me", "g:short", "x:y", "dm:me", "dm:me:you\n"]
)
def test_places_a_user_cannot_talk_in_are_refused(where):
    with pytest.raises(ValueError, match=r"not|needs"):
        address(ME, where)


def test_a_user_and_the_conversation_with_them_are_the_same_place():
    assert address(ME, YOU) == address(ME, TALK) == (TALK, YOU)
    assert address(ME, "g:01ARZ3NDEKTSV4RRFFQ69G5FAV")[1] is None


@pytest.mark.parametrize("text", ["", "x" * 8_001, "half \ud83d"])
def test_texts_no_server_would_take_are_refused(text):
    with pytest.raises(ValueError, match="message"):
        check_content(text)


@pytest.mark.parametrize("media", [("x",), ("01M849TCP1YQCCPDNBXVPTH40l",), ("01M849TCP1YQCCPDNBXVPTH404",) * 11])
def test_media_no_server_would_take_are_refused(media):
    with pytest.raises(ValueError, match="media"):
        check_content("hello", media)


@on_a_loop
def test_a_slow_reader_is_told_to_read_the_store_and_costs_no_more_memory():
    async def scenario():
        feed = Feed()
        for seq in range(3 * numbers.EVENT_QUEUE):
            feed.put([events.Sent("m", TALK, seq, 0)])
        feed.end(ClientStopped("over"))
        return await read_all(feed)

    got = asyncio.run(scenario())
    assert got[0] == events.Refresh()
    assert got[-1].seq == 3 * numbers.EVENT_QUEUE - 1
    assert len(got) <= numbers.EVENT_QUEUE + 1


@on_a_loop
def test_send_answers_when_the_message_is_stored_whatever_the_network():
    async def scenario():
        async def no_network():
            raise OSError("no network")

        store = MemoryStore(ME)
        async with Client("ws://nowhere", no_network, store) as client:
            feed = client.events()
            message_id = await client.send(YOU, "hi")
            assert [m.id for m in store.outbox()] == [message_id]
            while not isinstance(event := await anext(feed), events.Queued):
                pass
            assert event.id == message_id
            assert await client.presence([YOU]) is None
            with pytest.raises(ValueError, match="message id"):
                await client.send(YOU, "hi", message_id="_1")
        with pytest.raises(ClientStopped):
            await client.send(YOU, "too late")

    asyncio.run(scenario())


@on_a_loop
def test_a_message_that_has_arrived_is_not_sent_again_under_its_id():
    async def scenario():
        async def no_network():
            raise OSError("no network")

        store = MemoryStore(ME)
        store.apply([steps.PutEntries((wire.entry(entry(1, ME, message_id="m1")),))])
        async with Client("ws://nowhere", no_network, store) as client:
            await client.send(YOU, "text 1", message_id="m1")
            assert store.outbox() == []

    asyncio.run(scenario())


@on_a_loop
def test_a_store_that_fails_stops_the_client_and_says_so():
    class Failing(MemoryStore):
        def apply(self, writes):
            raise StoreError("the disk is full")

    async def scenario():
        async def no_network():
            raise OSError("no network")

        async with Client("ws://nowhere", no_network, Failing(ME)) as client:
            feed = client.events()
            with pytest.raises(StoreError, match="full"):
                await client.send(YOU, "hi")
            with pytest.raises(StoreError, match="full"):
                while True:
                    await anext(feed)
            with pytest.raises(StoreError, match="full"):
                client.typing(YOU)

    asyncio.run(scenario())


def test_the_address_names_the_device():
    assert socket_address("wss://h/live", "d 1") == "wss://h/live?device=d%201"
    assert socket_address("wss://h/live?x=1", "d") == "wss://h/live?x=1&device=d"
    for wrong in (
        "https://h",
        "ws://",
        "ws://h:1x/",
        "ws://h:99999",
        "ws://[::1/",
        "ws://a b/",
        "ws:h",
        "ws://h#x",
        "",
    ):
        with pytest.raises(ValueError, match="address"):
            socket_address(wrong, "d")


def test_addresses_that_requests_are_put_behind_have_no_query():
    check_address("http://127.0.0.1:8080/base", "https", "http")
    for wrong in ("http://h?x=1", "http://h#x", "ws://h", "http://", "http://h:1x", "http://h\n", "h"):
        with pytest.raises(ValueError, match="address"):
            check_address(wrong, "https", "http")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (urllib.error.URLError(ConnectionRefusedError(111, "x")), "connection refused"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed"), "connection refused"),
        (TimeoutError(), "timed out"),
        (OSError(113, "No route to host"), "No route to host"),
        (EOFError(), "EOFError"),
    ],
)
def test_why_there_is_no_connection_is_said_in_few_words(error, told):
    assert why(error) == told


@pytest.mark.parametrize(
    ("url", "here"),
    [("ws://127.0.0.1:1/x", True), ("http://localhost", True), ("http://[::1]:8", True), ("http://a.localhost", True),
     ("http://localhost.example", False), ("wss://10.0.0.1", False), ("x", False)],
)  # fmt: skip
def test_addresses_of_this_machine_are_known(url, here):
    assert is_loopback(url) is here


class Answering(http.server.BaseHTTPRequestHandler):
    """Signs everybody in, and lets nobody open a socket."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"AuthenticationResult": {"AccessToken": "a", "RefreshToken": "r"}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.send_error(418)

    def log_message(self, *_):
        pass


@on_a_loop
def test_no_proxy_stands_between_this_machine_and_itself(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    reported: list[steps.Input] = []

    async def open_socket(url):
        socket = Socket(1, url, "token", reported.append)
        while not reported:
            await asyncio.sleep(0.01)
        await asyncio.wait({socket.close()})

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            here = f"127.0.0.1:{server.server_port}"
            assert Cognito("c", url=f"http://{here}").sign_in("u", "p") == Tokens("a", "r")
            asyncio.run(asyncio.wait_for(open_socket(f"ws://{here}/"), 10))
        finally:
            server.shutdown()
    assert reported == [steps.NotOpened(1, 418)]


# -- tokens


def test_a_tokens_claims_are_read_and_nonsense_has_none():
    assert claims(jwt(sub=ME, exp=5)) == {"sub": ME, "exp": 5}
    assert [claims(t) for t in ("", "a.b", "a.!!!.c", "a.e30", "a.W10.c")] == [{}] * 5
    with pytest.raises(ValueError, match="no user"):
        subject("nonsense")


class FakeCognito(Cognito):
    calls: ClassVar[list[str]] = []

    def _call(self, body):
        self.calls.append(body["AuthFlow"])
        if body["AuthFlow"] == "REFRESH_TOKEN_AUTH":
            return {"AuthenticationResult": {"AccessToken": jwt(sub=ME, exp=5_000 + len(self.calls))}}
        return {"ChallengeName": "SMS_MFA"}


@on_a_loop
def test_a_token_is_kept_until_it_nears_its_end_or_is_refused():
    FakeCognito.calls = []
    kept: list[Tokens] = []
    now = 1_000.0
    source = CognitoTokens(FakeCognito("c"), Tokens(jwt(exp=2_000), "r"), on_change=kept.append, clock=lambda: now)

    async def scenario():
        nonlocal now
        first = await source()
        assert claims(first)["exp"] == 2_000
        now = 1_701.0
        second = await source()
        assert claims(second)["exp"] == 5_001
        assert await source() == second
        source.refused()
        assert await source() != second

    asyncio.run(scenario())
    assert [t.refresh for t in kept] == ["r", "r"]


@on_a_loop
def test_two_that_ask_at_once_make_one_fresh_token():
    FakeCognito.calls = []
    source = CognitoTokens(FakeCognito("c"), Tokens(jwt(exp=0), "r"), clock=lambda: 1_000.0)

    async def scenario():
        return await asyncio.gather(source(), source())

    one, other = asyncio.run(scenario())
    assert one == other
    assert FakeCognito.calls == ["REFRESH_TOKEN_AUTH"]


@pytest.mark.parametrize("answer", [b"[]", b"{}", b'{"AuthenticationResult": {}}', b"<html>"])
@pytest.mark.enable_socket  # the test is the server
def test_what_is_not_cognito_is_one_clear_error(answer):
    class Other(Answering):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            with pytest.raises(CognitoError, match="Cognito"):
                Cognito("c", url=f"http://127.0.0.1:{server.server_port}").sign_in("u", "p")
        finally:
            server.shutdown()


def test_what_does_not_even_speak_http_is_one_clear_error(monkeypatch):
    def answer(*_, **__):
        raise http.client.BadStatusLine("SSH-2.0")

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", answer)
    with pytest.raises(CognitoError, match=r"cannot be reached at http://x: .*SSH"):
        Cognito("c", url="http://x").sign_in("u", "p")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1x", "http://", "ftp://x", "http://a b"])
def test_what_is_no_address_of_cognito_is_one_clear_error(url):
    with pytest.raises(CognitoError, match="not an address"):
        Cognito("c", url=url).sign_in("u", "p")


def test_a_sign_in_that_wants_another_step_is_refused_clearly():
    with pytest.raises(SignInRequired, match="SMS_MFA"):
        FakeCognito("c").sign_in("u", "p")


# -- the command line


def test_sign_ins_are_kept_by_user_and_the_last_is_found_without_a_name(tmp_path):
    home = Home(tmp_path / "home")
    one, two = (SignIn(u, "ws://x", "c", "r", None, "a", "f") for u in ("ana", "ben"))
    home.keep(one)
    home.keep(two)
    home.renew("ana", Tokens("a2", "f2"))
    assert home.find(None) == two
    ana = home.find("ana")
    assert ana is not None
    assert ana.tokens == Tokens("a2", "f2")
    assert home.find("cem") is None
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["sign-ins.json"]
    assert (tmp_path / "home" / "sign-ins.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["{", "[]", '{"users": 1, "last": null}', '{"users": {"a": {}}, "last": "a"}'])
def test_a_damaged_sign_in_file_is_one_clear_error(tmp_path, content):
    (tmp_path / "sign-ins.json").write_text(content)
    with pytest.raises(HomeError, match="damaged"):
        Home(tmp_path).find(None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["tail"],
        ["send", "you", "hi"],
        ["tail", "--username", "ana"],
        ["tail", "--password", "p"],
        ["sign-in", "--username", "ana", "--password", "p"],
        ["sign-in", "--username", "ana", "--password", "p", "--url", "ws://x"],
        [
            "tail",
            "--username",
            "a",
            "--password",
            "p",
            "--url",
            "ws://x",
            "--client-id",
            "c",
            "--cognito-url",
            "ftp://x",
        ],
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_status(tmp_path, capsys, monkeypatch, arguments):
    for name in ("WS_URL", "CLIENT_ID", "COGNITO_URL", "REGION", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"PARLEY_{name}", raising=False)
    assert main([*arguments, "--home", str(tmp_path / "home")]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("parley: ")
    assert told.err.count("\n") == 1


ENOUGH = {"--url": "ws://x", "--client-id": "c", "--http-url": "http://x", "--region": "eu-west-1"}


@pytest.mark.parametrize(
    ("option", "wrong"),
    [("--url", "http://x"), ("--url", "ws://x:1y"), ("--http-url", "x"), ("--http-url", "ws://x"),
     ("--cognito-url", "http://x:1y"), ("--client-id", "a-b"), ("--client-id", "a b"), ("--region", "us east"),
     ("--region", "us/east")],
)  # fmt: skip
@pytest.mark.parametrize("command", ["sign-in", "tail"])
def test_what_leads_nowhere_is_named_before_anything_is_asked(tmp_path, capsys, monkeypatch, command, option, wrong):
    def asked(*_):
        raise AssertionError("asked")

    monkeypatch.setattr(whom, "_asked", asked)
    monkeypatch.setattr(Cognito, "_call", asked)
    given = [word for pair in (ENOUGH | {option: wrong}).items() for word in pair]
    assert main([command, *given, "--home", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"parley: {option} (PARLEY_")
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_named_before_anything_is_asked(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(whom, "_asked", lambda *_: pytest.fail("asked"))
    for name in ("WS_URL", "CLIENT_ID", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"PARLEY_{name}", raising=False)
    assert main(["sign-in", "--home", str(tmp_path)]) == 1
    assert main(["sign-in", "--home", str(tmp_path), "--url", "ws://x"]) == 1
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == ["--url", "--client-id"]


@pytest.mark.parametrize(("typed", "user"), [("", "ben"), ("ana", "ana")])
def test_signing_in_again_takes_only_a_name_and_a_password(tmp_path, capsys, monkeypatch, typed, user):
    home = Home(tmp_path)
    for name in ("ana", "ben"):
        home.keep(SignIn(name, f"ws://{name}", f"of{name}", "r", None, "a", "f", f"http://{name}"))
    for name in ("WS_URL", "HTTP_URL", "CLIENT_ID", "COGNITO_URL", "REGION", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"PARLEY_{name}", raising=False)
    questions: list[str] = []

    def asked(question, _):
        questions.append(question)
        return typed if len(questions) == 1 else "a password"

    result = {"AuthenticationResult": {"AccessToken": jwt(sub=ME), "RefreshToken": "r2"}}
    monkeypatch.setattr(whom, "_asked", asked)
    monkeypatch.setattr(Cognito, "_call", lambda self, body: result)
    assert main(["sign-in", "--home", str(tmp_path)]) == 0
    assert questions == ["User name (ben): ", "Password: "]
    kept = home.find(None)
    assert kept is not None
    assert (kept.username, kept.url, kept.client_id, kept.http_url) == (
        user,
        f"ws://{user}",
        f"of{user}",
        f"http://{user}",
    )
    assert kept.refresh == "r2"


@on_a_loop
@pytest.mark.parametrize("arguments", [["device", "--delete", ""], ["profile", "--set", "one\ntwo"], ["profile", ""]])
def test_odd_words_to_a_command_over_http_are_one_line(tmp_path, capsys, arguments):
    token = jwt(sub=ME, exp=9_000_000_000)
    Home(tmp_path).keep(SignIn("ana", "ws://x", "c", "r", None, token, "r", http_url="http://127.0.0.1:9"))
    assert main([*arguments, "--home", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("parley: not ")
    assert told.count("\n") == 1


@pytest.mark.parametrize("timeout", ["nan", "inf", "-1", "soon", ""])
def test_a_timeout_is_a_number_of_seconds(capsys, timeout):
    with pytest.raises(SystemExit) as ended:
        main(["send", "you", "hi", "--timeout", timeout])
    assert ended.value.code == 2
    assert "not a number of seconds" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "password", "named"), [([], "p", "PARLEY_PASSWORD"), (["--password", "q"], "p", "--password")]
)
def test_a_password_without_a_user_is_named_as_it_was_given(tmp_path, capsys, monkeypatch, arguments, password, named):
    monkeypatch.delenv("PARLEY_USERNAME", raising=False)
    monkeypatch.setenv("PARLEY_PASSWORD", password)
    assert main(["tail", *arguments, "--home", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"parley: {named} is given, but not whose it is")


def test_what_the_methods_speak_of_can_be_imported():
    assert ANY is rest.ANY


def test_a_terminal_that_knows_few_letters_gets_the_others_by_number(monkeypatch):
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", latin)
    Terminal(as_json=True).show({"text": "é 👋"}, "")
    assert json.loads(latin.buffer.getvalue()) == {"text": "é 👋"}


def test_what_others_write_cannot_drive_the_terminal():
    assert plain("\x1b[2J\u202eevil\r\x07 ok 👩‍👧 é") == "�[2J�evil�� ok 👩‍👧 é"
    written = wire.entry(entry(1) | {"body": {"text": "one\n12:00:00 me: two"}})
    assert "\n          12:00:00" in line_of(written, ME)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"text": "the plan", "media": ["01JDA0000000000000000000AA"]}, "the plan [photo]"),
        ({"text": "", "media": ["01JDA0000000000000000000AA", "01JDA0000000000000000000BB"]}, "[photo] [photo]"),
        ({"text": "odd", "media": "no list"}, "odd"),
    ],
)
def test_what_is_attached_is_shown(body: dict[str, object], shown: str):
    came = wire.entry({**entry(1, "bob"), "body": body})
    assert line_of(came, ME).endswith(f": {shown}")
