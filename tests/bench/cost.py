"""What AWS charges for a direct message's whole life, counted from real calls, over API Gateway's own charge for it.

This is the life of a live message (``cost.dm``) between a sender with a phone and a laptop and a recipient with a
phone:

    send in, ack out · the message to the recipient's phone and the sender's laptop · delivered mark in · a receipt to
    the sender's phone and laptop · read mark in · two receipts again · the notifier

These are 10 frames, run through the deployed entrances (``tests.bench.life`` says how each charge is counted). The
count includes frames, Lambda requests and GB-seconds, DynamoDB units, a month of the entry's storage and backup, log
lines with the metrics in them and API Gateway's access log, and traffic to the Internet. It does not include
connection-minutes, which are charged for being online and not for a message, or CloudWatch's fixed charge for each
metric kept.

``cost.dm_ratio`` is the worse of two: a stream batch of one message, and one of 100 messages of as many conversations.
In the latter, each conversation still has its head moved and its members read, so that only the invocation is shared.
``cost.usd_per_million`` goes with it. ``cost.small_dm_ratio`` is the same for one device on each side and one mark for
both (the app is open, so what is delivered is read within the client's ``MARK_DELAY``). That is 5 frames, and so a
smaller divisor.

``cost.<life>.<quantity>`` are the quantities themselves, for ``infra.capacity``. They also exist per message that finds
its recipient offline (a push, and one mark later), per ``typing`` frame, per sync, per session (authorizer, connect,
first sync, disconnect), and per opening of the app's list over HTTP (inbox, and the newest entries of one
conversation).
"""

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec.structs import asdict, replace

from infra.capacity import prices, scenario
from infra.capacity.usage import Usage
from infra.local.emulator import Emulator, free_port
from parley.chat.entries import Entry
from parley.core.aws.threads import Threads
from parley.delivery.aws.devices import DynamoDevices
from parley.delivery.model import Connection, PushDevice, Registration
from parley.runtime import bootstrap
from parley.runtime.telemetry import Telemetry
from realtime.authorizer import authorize
from realtime.tokens import KeySet, Verifier
from tests import tables
from tests.bench.life import Life
from tests.bench.scene import REST_SETTINGS, Scene, scene
from tests.bench.wire import TEXT
from tests.handlers import events
from tests.rest.asking import Client

_WARM = 10
_LIVES = 40
_BATCH = 100
_BATCHES = 5
_CONVERSATIONS = 10
"""The number of conversations that a client names in its first sync."""
_SETTLED_MS = 3_000
"""Milliseconds after a message by which the notifier's batch window is over."""


class _Pair:
    """A consumer and a provider in a conversation of their own, which has begun."""

    def __init__(self, life: Life, number: int, sockets: tuple[int, int], provider: int | None = None) -> None:
        self.life = life
        self.users = (_user("a", number), _user("b", number if provider is None else provider))
        self.conversation = f"dm:{self.users[0]}:{self.users[1]}"
        self.phones = [_phone(user, 0) for user in self.users]
        for user, role, count in zip(self.users, ("consumer", "provider"), sockets, strict=True):
            life.directory.upsert_user(user, role, "Some Body")  # type: ignore[arg-type]
            for device in range(count):
                life.directory.add_connection(user, role, _phone(user, device))  # type: ignore[arg-type]
        self.tail = 0

    def send(self) -> Entry:
        self.tail += 1
        ack = self._command(
            0, "send", f"{self.tail:08}-4f7c-4000-8000-00000001", conversation=self.conversation,
            after=self.tail - 1, body={"text": TEXT},
        )  # fmt: skip
        entry = self.life.entry(self.conversation, self.tail)
        assert entry.at == ack["at"]
        return entry

    def mark(self, **marks: int) -> None:
        self._command(1, "mark", f"_{self.tail}", conversation=self.conversation, **marks)

    def type(self) -> None:
        self._command(0, "typing", "_t", conversation=self.conversation)

    def sync(self, since: dict[str, int]) -> None:
        assert self._command(1, "sync", "_1", since=since)["more"] is False

    def _command(self, who: int, action: str, command_id: str, **fields: Any) -> dict[str, Any]:
        role = ("consumer", "provider")[who]
        return self.life.command(self.phones[who], self.users[who], role, action=action, id=command_id, **fields)


def measure() -> dict[str, float]:
    """Return the ratios, the price of a million messages, and the quantities."""
    port = free_port()
    with (
        Emulator(port, Path("build") / "bench", "us-east-1", {}),
        scene(AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{port}") as s,
    ):
        tables.create(s.dynamodb, "Log", "Directory")
        life = Life(s)
        full, small, away = _Pair(life, 1, (2, 1)), _Pair(life, 2, (1, 1)), _Pair(life, 3, (2, 0))
        phone = PushDevice("phone", "fcm", "arn:aws:sns:us-east-1:1:endpoint/GCM/p/1")
        owners = DynamoDevices(s.dynamodb, "Directory", Threads(1))
        owners.register(away.users[1], Registration(phone, "", "", at=0), most=1, until=0)
        used = {
            "dm": _mean(life, lambda: _live(full)),
            "dm_100": _batch(life),
            "small_dm": _mean(life, lambda: _live(small, one_mark=True)),
            "pushed": _mean(life, lambda: _pushed(away)),
            "typing": _mean(life, full.type),
            **_sessions(life, s),
        }
    price = prices.load()
    dearest = max((used["dm"], used["dm_100"]), key=price.marginal)
    figures = {
        "cost.dm_ratio": _ratio(price, dearest),
        "cost.small_dm_ratio": _ratio(price, used["small_dm"]),
        "cost.usd_per_million": price.marginal(dearest) * 1e6,
        "cost.small_usd_per_million": price.marginal(used["small_dm"]) * 1e6,
        "cost.support_usd": scenario.support(used["small_dm"], used["session"], price).total,
        "cost.pushed_usd_per_million": price.marginal(used["pushed"]) * 1e6,
        "cost.session_usd_per_million": price.marginal(used["session"]) * 1e6,
    }
    quantities = {f"cost.{name}.{q}": value for name, u in used.items() for q, value in asdict(u).items() if value}
    return figures | quantities


def _ratio(price: prices.Prices, usage: Usage) -> float:
    return price.marginal(usage) / price.marginal(Usage(websocket_messages=usage.websocket_messages))


def _mean(life: Life, live: Callable[[], None]) -> Usage:
    for _ in range(_WARM):
        live()
    return _typical(life, live, _LIVES)


def _typical(life: Life, live: Callable[[], None], times: int) -> Usage:
    """Return the mean of this many runs. For GB-seconds it is the median, as a busy machine makes single runs
    longer.
    """
    life.take()
    used = []
    for _ in range(times):
        live()
        used.append(life.take())
    gb_seconds = statistics.median(u.lambda_gb_seconds for u in used)
    return replace(sum(used, Usage()) * (1 / times), lambda_gb_seconds=gb_seconds)


def _live(pair: _Pair, *, one_mark: bool = False) -> None:
    entry = pair.send()
    if not one_mark:
        pair.mark(delivered=pair.tail)
    pair.mark(read=pair.tail)
    pair.life.notify([entry], entry.at + _SETTLED_MS)
    pair.life.stored(entry)


def _batch(life: Life) -> Usage:
    pairs = [_Pair(life, n, (2, 1)) for n in range(100, 100 + _BATCH)]

    def all_live() -> None:
        entries = []
        for pair in pairs:
            entries.append(pair.send())
            pair.mark(delivered=pair.tail)
            pair.mark(read=pair.tail)
        life.notify(entries, max(e.at for e in entries) + _SETTLED_MS)
        for entry in entries:
            life.stored(entry)

    all_live()  # this starts the conversations
    return _typical(life, all_live, _BATCHES) * (1 / _BATCH)


def _pushed(pair: _Pair) -> None:
    entry = pair.send()
    pair.life.notify([entry], entry.at + _SETTLED_MS)
    pair.mark(read=pair.tail)
    pair.life.stored(entry)


def _sessions(life: Life, s: Scene) -> dict[str, Usage]:
    """Measure a provider with some conversations and nothing new who comes and goes; the sync alone; and the list."""
    pairs = [_Pair(life, 300 + n, (1, 0), provider=300) for n in range(_CONVERSATIONS)]
    for pair in pairs:
        entry = pair.send()
        pair.mark(read=1)
        life.notify([entry], entry.at + _SETTLED_MS)  # without a summary, a sync would look for the log's end instead
    since = {pair.conversation: 1 for pair in pairs}
    host, telemetry = pairs[0], Telemetry()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    verifier = Verifier(KeySet(lambda: _key_set(key)), "https://issuer", "client")
    now = int(time.time())
    claims = {
        "sub": host.users[1], "iss": "https://issuer", "client_id": "client", "token_use": "access",
        "cognito:groups": ["provider"], "exp": now + 3600, "iat": now,
    }  # fmt: skip
    event = events.upgrade(f"parley.v1, {jwt.encode(claims, key, algorithm='RS256', headers={'kid': 'k1'})}")

    def session() -> None:
        life.ran("AuthorizerFunction", lambda: authorize(event, verifier, telemetry, now * 1000))
        life.connected(host.phones[1], host.users[1], "provider")
        host.sync(since)
        life.disconnected(host.phones[1], host.users[1], "provider")

    deps = bootstrap.rest({**REST_SETTINGS, **os.environ})
    s.observe(deps.sending.log._client)  # type: ignore[attr-defined]
    client = Client(deps, lambda: time.time_ns() // 1_000_000)

    def opening() -> None:
        for request in ("GET /conversations", f"GET /conversations/{host.conversation}/entries"):
            life.asked(partial(client.ask, host.users[1], request, groups="[provider]"))

    return {
        "session": _mean(life, session),
        "sync": _mean(life, lambda: host.sync(since)),
        "opening": _mean(life, opening),
    }


def _key_set(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"keys": [{**jwk, "kid": "k1", "alg": "RS256", "use": "sig"}]}


def _user(side: str, number: int) -> str:
    """Return a user id as long as a Cognito ``sub``, so that lines and items have their true size."""
    return f"{side}{number:07}-0000-4000-8000-000000000000"


def _phone(user: str, device: int) -> Connection:
    name = f"0f{device:06}-0000-4000-8000-{user[:8]}0000"
    return Connection(f"{user[:8]}{device:03}cHcCIhw=", name, 1, 10**13)
