"""The operator's tool for users: the port that it asks at, and what it says where it cannot."""

import pytest

from infra import users
from infra.local.emulator import wanted_port
from infra.local.workspace import CannotStart


@pytest.mark.parametrize(("given", "port"), [("4600", 4600), ("0", 0), (None, 4566)])
def test_the_port_that_is_asked_for(monkeypatch, given, port):
    monkeypatch.delenv("PARLEY_PORT", raising=False)
    if given is not None:
        monkeypatch.setenv("PARLEY_PORT", given)
    assert wanted_port() == port


@pytest.mark.parametrize("given", ["", "x", "-1", "65536", "²"])
def test_what_is_no_port_is_said(monkeypatch, given):
    monkeypatch.setenv("PARLEY_PORT", given)
    with pytest.raises(CannotStart, match="must be a port number"):
        wanted_port()


@pytest.mark.parametrize(
    ("whose", "used"), [(None, "Aa1-environment"), ("eve@example.com", "Aa1-environment"), ("ada@example.com", "typed")]
)
def test_a_password_in_the_environment_is_its_own_users_only(monkeypatch, whose, used):
    monkeypatch.setenv("PARLEY_PASSWORD", "Aa1-environment")
    monkeypatch.delenv("PARLEY_USERNAME", raising=False)
    if whose:
        monkeypatch.setenv("PARLEY_USERNAME", whose)
    monkeypatch.setattr("getpass.getpass", lambda _: "typed")
    assert users._password("eve@example.com") == used


@pytest.mark.parametrize("error", [EOFError, KeyboardInterrupt])
def test_without_a_password_nobody_is_signed_up_and_one_line_says_why(monkeypatch, capsys, error):
    def nobody(_: str) -> str:
        raise error

    monkeypatch.delenv("PARLEY_PASSWORD", raising=False)
    monkeypatch.setattr(users, "_place_of", lambda _: users._Place(None, None, ""))
    monkeypatch.setattr("getpass.getpass", nobody)
    assert users.main(["local", "sign-up", "eve@example.com", "Eve"]) == 1
    assert capsys.readouterr().err == "\nusers: no password; PARLEY_PASSWORD is taken where there is no terminal\n"
