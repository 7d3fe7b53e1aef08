"""The commands ``sign-up`` and ``sign-out``: whose password, which code, and what stays."""

import json
from typing import Any

import pytest
from parley_client.cli import sign_up as command
from parley_client.cli.commands import CommandError
from parley_client.cli.credentials import Credentials, CredentialStore
from parley_client.cli.main import main
from parley_client.http.cognito import Cognito, CognitoError

from tests.unit.client.driver import ME, jwt

ENOUGH = ["--url", "ws://x", "--client-id", "c", "--json"]


class Pool:
    """Cognito, with one code and whoever has signed up."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.known: set[str] = set()
        self.unconfirmed = True

    def call(self, _: Cognito, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((operation, body))
        if operation == "SignUp" and body["Username"] in self.known:
            raise CognitoError("taken", "UsernameExistsException")
        if operation == "SignUp" and len(body["Password"]) < 12:
            raise CognitoError("Password not long enough", "InvalidPasswordException")
        if operation == "ResendConfirmationCode" and not self.unconfirmed:
            raise CognitoError("confirmed", "InvalidParameterException")
        if operation == "ConfirmSignUp" and body["ConfirmationCode"] != "123456":
            raise CognitoError("wrong", "CodeMismatchException")
        tokens = {"AccessToken": jwt(sub=ME), "RefreshToken": "r"}
        return {"AuthenticationResult": tokens} if operation == "InitiateAuth" else {}

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    made = Pool()
    monkeypatch.setattr(Cognito, "_call", lambda self, operation, body: made.call(self, operation, body))  # noqa: PLW0108 - a method
    for name in ("USERNAME", "PASSWORD", "HTTP_URL", "COGNITO_URL"):
        monkeypatch.delenv(f"PARLEY_{name}", raising=False)
    return made


def typing(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Replaces the person. Returns the questions."""
    questions: list[str] = []
    left = list(answers)

    def ask(question: str, _: Any) -> str:
        questions.append(question)
        if not left:
            raise CommandError("nobody to ask")
        return left.pop(0)

    monkeypatch.setattr(command, "ask", ask)
    return questions


def test_one_signs_up_confirms_and_is_signed_in(pool, monkeypatch, tmp_path, capsys):
    typing(monkeypatch, "ana@example.com", "Ana", "Aa1-password", "Aa1-password", "000000", "123456")
    assert main(["sign-up", *ENOUGH, "--home", str(tmp_path)]) == 0
    assert pool.operations() == ["SignUp", "ConfirmSignUp", "ConfirmSignUp", "InitiateAuth"]
    assert pool.asked[0][1]["UserAttributes"][1] == {"Name": "name", "Value": "Ana"}
    assert json.loads(capsys.readouterr().out) == {"username": "ana@example.com", "user": ME}
    assert CredentialStore(tmp_path).find("ana@example.com") is not None


def test_only_the_password_is_asked_for_again_if_it_will_not_do(pool, monkeypatch, tmp_path, capsys):
    questions = typing(
        monkeypatch, "ana@example.com", "Ana", "short", "short", "Aa1-password", "Aa1-password", "123456"
    )
    assert main(["sign-up", *ENOUGH, "--home", str(tmp_path)]) == 0
    assert [q.partition(" (")[0].strip(": ") for q in questions] == [
        "E-mail",
        "Name, as others see it",
        *("Password", "Once more") * 2,
        "Code",
    ]
    assert [body["Password"] for operation, body in pool.asked if operation == "SignUp"] == ["short", "Aa1-password"]
    said = capsys.readouterr().err
    assert "it needs at least 12 characters, with a capital letter, a small letter and a digit" in said


def test_so_is_one_that_was_mistyped(pool, monkeypatch, tmp_path, capsys):
    typing(monkeypatch, "ana@example.com", "Ana", "Aa1-password", "Aa1-passwort", *("Aa1-password",) * 2, "123456")
    assert main(["sign-up", *ENOUGH, "--home", str(tmp_path)]) == 0
    assert pool.operations() == ["SignUp", "ConfirmSignUp", "InitiateAuth"]
    assert "-- these are two different passwords" in capsys.readouterr().err


def test_a_password_that_will_not_do_and_that_nobody_typed_is_refused_in_one_line(pool, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PARLEY_PASSWORD", "short")
    typing(monkeypatch)
    assert main(["sign-up", "ana@example.com", "--name", "Ana", *ENOUGH, "--home", str(tmp_path)]) == 1
    assert pool.operations() == ["SignUp"]
    said = capsys.readouterr().err
    assert (said.count("\n"), "at least 12 characters" in said) == (1, True)


def test_nobody_is_signed_up_by_different_passwords_alone(pool, monkeypatch, tmp_path):
    typing(monkeypatch, "ana@example.com", "Ana", *("Aa1-password", "Aa1-passwort") * 9)
    assert main(["sign-up", *ENOUGH, "--home", str(tmp_path)]) == 1
    assert pool.asked == []


@pytest.mark.parametrize(("whose", "asked"), [("ada@example.com", True), ("ana@example.com", False), (None, False)])
def test_another_users_password_in_the_environment_is_not_taken(pool, monkeypatch, tmp_path, whose, asked):
    monkeypatch.setenv("PARLEY_PASSWORD", "Aa1-environment")
    if whose:
        monkeypatch.setenv("PARLEY_USERNAME", whose)
    typing(monkeypatch, *(["Aa1-was-typed", "Aa1-was-typed"] if asked else []), "123456")
    assert main(["sign-up", "ana@example.com", "--name", "Ana", *ENOUGH, "--home", str(tmp_path)]) == 0
    assert pool.asked[0][1]["Password"] == ("Aa1-was-typed" if asked else "Aa1-environment")


def test_without_a_terminal_the_code_comes_with_a_second_call(pool, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PARLEY_PASSWORD", "Aa1-password")
    typing(monkeypatch)
    assert main(["sign-up", "ana@example.com", "--name", "Ana", *ENOUGH, "--home", str(tmp_path)]) == 0
    assert "parley sign-up ana@example.com --code CODE" in capsys.readouterr().err
    assert main(["sign-up", "ana@example.com", "--code", "123456", *ENOUGH, "--home", str(tmp_path)]) == 0
    assert pool.operations() == ["SignUp", "ConfirmSignUp", "InitiateAuth"]


@pytest.mark.parametrize("unconfirmed", [True, False])
def test_who_went_away_before_confirming_gets_another_code_and_who_has_confirmed_is_told(
    pool, monkeypatch, tmp_path, capsys, unconfirmed
):
    pool.known, pool.unconfirmed = {"ana@example.com"}, unconfirmed
    typing(monkeypatch, "Ana", "Aa1-password", "Aa1-password", "123456")
    assert main(["sign-up", "ana@example.com", *ENOUGH, "--home", str(tmp_path)]) == (0 if unconfirmed else 1)
    assert ("run parley sign-in" in capsys.readouterr().err) is not unconfirmed


def test_signing_out_revokes_and_forgets_and_leaves_the_others(pool, tmp_path, capsys):
    home = CredentialStore(tmp_path)
    for name in ("ben", "ana"):
        home.save(Credentials(name, "ws://x", "c", "r", None, jwt(sub=ME), f"refresh-{name}"))
    (tmp_path / f"{ME}.sqlite").write_text("messages")
    assert main(["sign-out", "--home", str(tmp_path)]) == 0
    assert pool.asked == [("RevokeToken", {"ClientId": "c", "Token": "refresh-ana"})]
    assert home.find("ana") is None
    assert home.find(None).username == "ben"
    assert (tmp_path / f"{ME}.sqlite").exists()


def test_nobody_can_sign_out_twice(pool, tmp_path, capsys):
    assert main(["sign-out", "--home", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "parley: nobody is signed in\n"


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("parley 0.")
