"""If Cognito does not fire the post-confirmation trigger, confirming a user fires it."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra import users
from infra.local.emulator import wanted_port
from infra.local.workspace import CannotStart
from parley.chat.memory import MemoryDirectory


@mock_aws
def test_who_is_confirmed_is_told_of():
    cognito = boto3.client("cognito-idp", "us-east-1")
    pool = cognito.create_user_pool(PoolName="p", UsernameAttributes=["email"])["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    told: list[Any] = []
    made = users.Pool(cognito, MemoryDirectory(), pool, client, told.append)
    users.sign_up(made, "ada@example.com", "Aa1-password", "Ada")
    user = users.confirm(made, "ada@example.com")
    assert [(t["sub"], t["name"], t["email"]) for t in told] == [(user, "Ada", "ada@example.com")]


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


@pytest.mark.parametrize("error", [EOFError, KeyboardInterrupt])
def test_without_a_password_nobody_is_signed_up_and_one_line_says_why(monkeypatch, capsys, error):
    def nobody(_: str) -> str:
        raise error

    monkeypatch.delenv("PARLEY_PASSWORD", raising=False)
    monkeypatch.setattr(users, "_place_of", lambda _: users._Place(None, None, ""))
    monkeypatch.setattr("getpass.getpass", nobody)
    assert users.main(["local", "sign-up", "eve@example.com", "Eve"]) == 1
    assert capsys.readouterr().err == "\nusers: no password; PARLEY_PASSWORD is taken where there is no terminal\n"
