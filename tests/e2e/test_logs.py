"""No log of a Parley that logs all it can holds a token, a key, a link, or a word of what users write or are called."""

import json
import re
import secrets
import time
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.config import Config
from websockets.exceptions import InvalidStatus

from infra.local.stack import Local, User
from tests.e2e.asking import Http
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment, open_socket
from tests.e2e.gateway.probing import Probes, ask
from tests.e2e.gateway.probing import dial as probe
from tests.e2e.test_media import begin, post, until
from tests.unit.media.studio import PDF

pytestmark = pytest.mark.gateway_only  # this deployment's functions log at DEBUG
PATTERNS = {
    "a JSON Web Token": r"eyJ[\w-]{10,}\.[\w-]+",
    "a bearer of a token": r"[Bb]earer \S",
    "a request's signature": r"AWS4-HMAC-SHA256|X-Amz-Signature",
    "a session token": r"(?i)security[-_]token|session[-_]token",
    "a secret key": r"(?i)secret[-_]?access[-_]?key",
    "a private key": r"PRIVATE KEY",
}
"""What a secret looks like, or stands beside, whether or not a test knows it."""


class Logs:
    """All that a Parley on this machine logs: files, and the embedded AWS's CloudWatch Logs."""

    def __init__(self, local: Local) -> None:
        self._place = local.place.path
        session = boto3.Session("test", "test", region_name="us-east-1")
        self._groups = session.client("logs", endpoint_url=local.endpoint, config=Config(proxies={}))
        self._sizes = {path: path.stat().st_size for path in self._files()}
        self._since = int(time.time() * 1000) - 1

    def written(self) -> dict[str, str]:
        """What was written since the beginning, by the name of the log."""
        files = {path.name: path.read_bytes()[self._sizes.get(path, 0) :].decode() for path in self._files()}
        return {**files, **{name: self._events(name) for name in self._names()}}

    def _files(self) -> list[Path]:
        return list(self._place.glob("*.log"))

    def _names(self) -> list[str]:
        pages = self._groups.get_paginator("describe_log_groups").paginate()
        return [group["logGroupName"] for page in pages for group in page["logGroups"]]

    def _events(self, group: str) -> str:
        pages = self._groups.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=self._since)
        return "\n".join(event["message"] for page in pages for event in page["events"])


def found(logs: dict[str, str], known: dict[str, str]) -> list[tuple[str, str]]:
    """What the logs have of these secrets, or what looks like one: the log, and what it is."""
    wanted = {**{what: re.escape(secret) for what, secret in known.items()}, **PATTERNS}
    return [(name, what) for name, text in logs.items() for what, pattern in wanted.items() if re.search(pattern, text)]


@pytest.fixture
def logs(local: Deployment) -> Logs:
    assert local.local is not None
    return Logs(local.local)


def signed_in(deployment: Deployment, user: User) -> dict[str, str]:
    """A user's tokens, by their names."""
    given = {name: token for name, token in deployment.tokens(user).items() if name.endswith("Token")}
    assert given.keys() == {"AccessToken", "IdToken", "RefreshToken"}
    return given


def connect(deployment: Deployment, token: str) -> None:
    """Connect in each of the three ways in which a token may come, and as nobody."""
    with open_socket(deployment, token):
        pass
    with open_socket(deployment, "", additional_headers={"Authorization": f"Bearer {token}"}):
        pass
    with open_socket(deployment, "", device=f"phone&token={token}"):
        pass
    with pytest.raises(InvalidStatus), open_socket(deployment, f"{token[:-3]}AAA"):
        pass


def test_at_debug_no_log_holds_a_secret_or_what_users_write(
    local: Deployment, logs: Logs, alice: User, bob: User, dm: str, dial: Dial, http: Http
):
    word = f"word-{secrets.token_hex(8)}"
    tokens = signed_in(local, alice)
    connect(local, tokens["AccessToken"])
    assert http.ask(None, "GET /me", headers={"Authorization": f"Bearer {tokens['AccessToken']}"}).status == 200
    assert http.ask(None, "GET /me", headers={"Authorization": f"Bearer {tokens['RefreshToken']}"}).status == 401
    assert http.ask(alice, "PATCH /me", {"name": f"{word} name"}).status == 200
    assert http.ask(alice, "PATCH /me", {"name": f"{word} name", word: 1}).status == 400
    registered = http.ask(bob, "PUT /me/devices/phone", {"platform": "fcm", "token": f"{word}-of-a-phone"})
    assert registered.status == 200
    form = begin(http, alice, PDF, "application/pdf", dm)
    assert post(form, PDF) == 204
    link = until(http, alice, form["media"], "ready")["url"]
    assert httpx.get(link, timeout=30, trust_env=False).content == PDF
    with dial(alice) as phone:
        assert phone.ask("send", to=bob.id, after=0, body={"text": word, "media": [form["media"]]})["type"] == "ack"
        assert phone.ask("send", to=bob.id, after=1, body={"text": word, word: word})["type"] == "error"
        phone.say(f'{{"action": "send", "body": "{word}')
        assert phone.hear("error")["code"] == "bad_request"
    assert local.local is not None
    assert local.local.settled(30)
    [endpoint] = {d.endpoint for d in local.directory.find(recipients=[bob.id], strong=True).recipients[bob.id].devices}
    [push] = local.pushes.sent(endpoint)
    assert word in json.dumps(push.raw), "the push shows what the logs must not"

    written = logs.written()
    for line in ('"Notified":', '"MediaReady":'):
        assert line in written["/parley/local/functions"], "what the embedded AWS runs, logs there"
    assert any('"level":"DEBUG"' in text for name, text in written.items() if name.endswith(".log")), "all they can say"
    fields = {f"the form's {name}": form["fields"][name] for name in ("x-amz-security-token", "x-amz-signature")}
    known = {  # a token's signature stands for all of it
        "what a user wrote": word,
        "a password": alice.password,
        **{name: token.rpartition(".")[2] for name, token in tokens.items()},
        **fields,
        "the signature of a link": re.findall("Signature=([^&]+)", link)[0],
    }
    assert found(written, known) == []


def test_what_a_function_logs_is_found_wherever_it_goes(local: Deployment, logs: Logs, probes: Probes):
    """The search above finds a secret in the log of the gateway's workers, and in that of the embedded AWS's."""
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
    with probe(probes.local.gateway, probes.whole) as socket:
        ask(socket, do="print", text=f"by the gateway: {token}")
    event = {"requestContext": {"eventType": "MESSAGE"}}
    body = json.dumps({"do": "print", "text": "by the embedded AWS: a-word"})
    probes.local.functions.invoke(FunctionName="probe", Payload=json.dumps({**event, "body": body}).encode())
    assert found(logs.written(), {"a known word": "a-word"}) == [
        ("probe.log", "a JSON Web Token"),
        ("/aws/lambda/probe", "a known word"),
    ]
