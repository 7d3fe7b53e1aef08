"""Tokens, and signing in with Cognito."""

import asyncio
import http.client
import http.server
import threading
import urllib.error
import urllib.request
from typing import ClassVar

import pytest
from parley_client.http.cognito import Cognito, CognitoError, CognitoTokens, Tokens
from parley_client.http.tokens import SignInRequired, claims, subject

from tests.unit.client.driver import ME, jwt
from tests.unit.client.http.answering import Answering

on_a_loop = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


# -- tokens


def test_a_tokens_claims_are_read_and_nonsense_has_none():
    assert claims(jwt(sub=ME, exp=5)) == {"sub": ME, "exp": 5}
    assert [claims(t) for t in ("", "a.b", "a.!!!.c", "a.e30", "a.W10.c")] == [{}] * 5
    with pytest.raises(ValueError, match="no user"):
        subject("nonsense")


class FakeCognito(Cognito):
    calls: ClassVar[list[str]] = []

    def _call(self, operation, body):
        assert operation == "InitiateAuth"
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
        def do_POST(self):  # noqa: N802 — http.server names it
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
