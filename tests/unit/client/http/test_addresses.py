"""Addresses, and the reasons why one cannot be reached."""

import asyncio
import http.client
import http.server
import threading
import urllib.error
import urllib.request

import pytest
from parley_client.http.addresses import check_address, is_loopback
from parley_client.http.cognito import Cognito, Tokens
from parley_client.http.problems import describe_failure
from parley_client.live.sockets import Socket
from parley_client.protocol import inputs

from tests.unit.client.http.answering import Answering

on_a_loop = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


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
    assert describe_failure(error) == told


@pytest.mark.parametrize(
    ("url", "here"),
    [("ws://127.0.0.1:1/x", True), ("http://localhost", True), ("http://[::1]:8", True), ("http://a.localhost", True),
     ("http://localhost.example", False), ("wss://10.0.0.1", False), ("x", False)],
)  # fmt: skip
def test_addresses_of_this_machine_are_known(url, here):
    assert is_loopback(url) is here


@on_a_loop
def test_no_proxy_stands_between_this_machine_and_itself(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    reported: list[inputs.Input] = []

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
    assert reported == [inputs.SocketFailed(1, 418)]
