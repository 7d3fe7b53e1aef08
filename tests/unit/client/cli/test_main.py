"""The command line, as far as it goes without a server."""

import pytest
from parley_client.cli import auth
from parley_client.cli.credentials import Credentials, CredentialStore
from parley_client.cli.main import main
from parley_client.http.cognito import Cognito

from tests.unit.client.driver import ME, jwt

on_a_loop = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


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

    monkeypatch.setattr(auth, "ask", asked)
    monkeypatch.setattr(Cognito, "_call", asked)
    given = [word for pair in (ENOUGH | {option: wrong}).items() for word in pair]
    assert main([command, *given, "--home", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"parley: {option} (PARLEY_")
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_named_before_anything_is_asked(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(auth, "ask", lambda *_: pytest.fail("asked"))
    for name in ("WS_URL", "CLIENT_ID", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"PARLEY_{name}", raising=False)
    assert main(["sign-in", "--home", str(tmp_path)]) == 1
    assert main(["sign-in", "--home", str(tmp_path), "--url", "ws://x"]) == 1
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == ["--url", "--client-id"]


@pytest.mark.parametrize(("typed", "user"), [("", "ben"), ("ana", "ana")])
def test_signing_in_again_takes_only_a_name_and_a_password(tmp_path, capsys, monkeypatch, typed, user):
    home = CredentialStore(tmp_path)
    for name in ("ana", "ben"):
        home.save(Credentials(name, f"ws://{name}", f"of{name}", "r", None, "a", "f", f"http://{name}"))
    for name in ("WS_URL", "HTTP_URL", "CLIENT_ID", "COGNITO_URL", "REGION", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"PARLEY_{name}", raising=False)
    questions: list[str] = []

    def asked(question, _):
        questions.append(question)
        return typed if len(questions) == 1 else "a password"

    result = {"AuthenticationResult": {"AccessToken": jwt(sub=ME), "RefreshToken": "r2"}}
    monkeypatch.setattr(auth, "ask", asked)
    monkeypatch.setattr(Cognito, "_call", lambda self, operation, body: result)
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
@pytest.mark.parametrize("arguments", [["device", "--delete", ""], ["profile", ""]])
def test_odd_words_to_a_command_over_http_are_one_line(tmp_path, capsys, arguments):
    token = jwt(sub=ME, exp=9_000_000_000)
    CredentialStore(tmp_path).save(
        Credentials("ana", "ws://x", "c", "r", None, token, "r", http_url="http://127.0.0.1:9")
    )
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


@pytest.mark.parametrize("field", ["nope=1", "name", "one\ntwo"])
def test_a_field_that_no_profile_has_is_bad_usage_in_one_line(capsys, field):
    with pytest.raises(SystemExit) as ended:
        main(["profile", "--set", field])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "not FIELD=VALUE" in told
    assert told.count("\n") == 1
