"""A skewed population on the deployed functions and the embedded AWS's DynamoDB, with a meter on every partition key.

Conversations are busy by Zipf's law: the one at rank *r* gets 1/*r* of what the first gets. All consumers have written
to one provider. What is sent goes through the message function, marks too, and the notifier deals with each entry.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3
from msgspec.structs import replace

from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.items import membership_key
from parley.core.aws.threads import Threads
from parley.delivery.aws.devices import DynamoDevices
from parley.delivery.model import Connection, PushDevice, Registration
from parley.media.aws.registry import DynamoMediaRegistry
from parley.media.model import Media
from tests import tables
from tests.bench.life import Life
from tests.bench.scene import SETTINGS, Scene
from tests.scale.meter import Key, Meter

CONSUMERS, PROVIDERS, MESSAGES, UPLOADS = 16, 4, 60, 4
BUSY = "p0000000-0000-4000-8000-000000000000"
"""The provider to whom all consumers have written."""
_SEED = 7
_SETTLED_MS = 3_000
_AWAY = 3
"""Every third user has no socket, and gets pushes."""


class Pair(NamedTuple):
    """A consumer and a provider in a conversation."""

    consumer: str
    provider: str

    @property
    def conversation(self) -> str:
        """The conversation's id."""
        return f"dm:{self.consumer}:{self.provider}"


class Traffic(NamedTuple):
    """What happened, and what each partition key took."""

    meter: Meter
    messages: Counter[str]
    """By conversation."""
    sent: Counter[str]
    """By user."""
    received: Counter[str]
    begun: Counter[str]
    """Conversations, by user."""
    uploads: Counter[str]


class Population:
    """Users, some of whom have sockets, and all of whom have a phone that takes pushes."""

    def __init__(self, life: Life, client: Any, meter: Meter) -> None:
        self._life, self._client, self._meter = life, client, meter
        self._random = random.Random(_SEED)
        consumers = [_user("c", n) for n in range(CONSUMERS)]
        providers = [BUSY, *(_user("p", n) for n in range(1, PROVIDERS))]
        others = [Pair(c, p) for n, c in enumerate(consumers) for p in providers[1:] if (n + int(p[1:8])) % 4 == 0]
        self._random.shuffle(others)
        self._pairs = [*others[:1], *(Pair(c, BUSY) for c in consumers), *others[1:]]
        self._roles = dict.fromkeys(consumers, "consumer") | dict.fromkeys(providers, "provider")
        self._tails: Counter[str] = Counter()
        self._sockets: dict[str, Connection] = {}
        self._online = set[str]()
        none: Counter[str] = Counter()
        self.traffic = Traffic(meter, none.copy(), none.copy(), none.copy(), none.copy(), none.copy())

    def arrive(self) -> None:
        """Make the users, their sockets and phones."""
        directory = DynamoDirectory(self._client, "Directory")
        for n, (user, role) in enumerate(self._roles.items()):
            self._sockets[user] = Connection(f"{user[:8]}cHcCIhw=", f"0f-{user[:8]}", 1, 10**13)
            directory.upsert_user(user, role, "Some Body")  # type: ignore[arg-type]
            if n % _AWAY:
                directory.add_connection(user, role, self._sockets[user])  # type: ignore[arg-type]
                self._online.add(user)
            self._register(user)

    def talk(self) -> None:
        """Begin all conversations, and then send by Zipf's law."""
        for pair in self._pairs:
            self._exchange(pair, pair.consumer, pair.provider)
            for user in pair:
                self.traffic.begun[user] += 1
        weights = [1 / rank for rank in range(1, len(self._pairs) + 1)]
        for pair in self._random.choices(self._pairs, weights, k=MESSAGES):
            sender, recipient = self._random.sample(pair, 2)
            self._exchange(pair, sender, recipient)

    def upload(self) -> None:
        """Upload files, each of which is verified, and then referred to by a message."""
        client = boto3.client("dynamodb")
        self._meter.observe(client)
        registry, directory = DynamoMediaRegistry(client, "Directory"), DynamoDirectory(client, "Directory")
        now = time.time_ns() // 1_000_000
        for n in range(UPLOADS):
            media = Media(f"m{n}", _user("c", n), "profile", "application/pdf", size=9, sha256="0" * 64, created=now)
            registry.open(media)
            registry.settle(media, replace(media, state="ready"), now)
            directory.add_reference(media.id)
            self.traffic.uploads[media.owner] += 1

    def crowd(self, conversations: int) -> float:
        """Give a provider who has no socket this many conversations, and push one message to them. Return the read
        units of the provider's own partition, which holds their inbox.
        """
        provider, role = _user("p", 9_999), "provider"
        self._roles[provider] = role
        directory = DynamoDirectory(self._client, "Directory")
        directory.upsert_user(provider, role, "Some Body")  # type: ignore[arg-type]
        self._register(provider)
        rows = [membership_key(provider, Pair(_user("c", n), provider).conversation) for n in range(1, conversations)]
        item = {"recent": {"N": "1795417200000"}, **{m: {"N": "12"} for m in ("delivered", "read", "read_count")}}
        for start in range(0, len(rows), 25):
            puts = [{"PutRequest": {"Item": {**row, **item}}} for row in rows[start : start + 25]]
            self._client.batch_write_item(RequestItems={"Directory": puts})  # type: ignore[dict-item]
        self._meter.clear()
        self._exchange(Pair(_user("c", 1), provider), _user("c", 1), provider)
        return self._meter.units["read"][Key("Directory", f"U#{provider}")]

    def _register(self, user: str) -> None:
        phone = PushDevice("phone", "fcm", f"arn:aws:sns:us-east-1:1:endpoint/GCM/p/{user}")
        devices = DynamoDevices(self._client, "Directory", Threads(1))
        devices.register(user, Registration(phone, "", "", at=0), most=1, until=0)

    def _exchange(self, pair: Pair, sender: str, recipient: str) -> None:
        """One message's whole life: it is sent, seen, and dealt with by the notifier."""
        name, after = pair.conversation, self._tails[pair.conversation]
        self._command(sender, "send", after=after, to=recipient, body={"text": "Is Tuesday at ten all right for you?"})
        self._tails[name] += 1
        if recipient in self._online:
            self._command(recipient, "mark", conversation=name, read=after + 1)
        entry = self._life.entry(name, after + 1)
        self._life.notify([entry], entry.at + _SETTLED_MS)
        self.traffic.messages[name] += 1
        self.traffic.sent[sender] += 1
        self.traffic.received[recipient] += 1

    def _command(self, user: str, action: str, **fields: Any) -> None:
        name = f"{action[0]}-{sum(self.traffic.messages.values())}"
        self._life.command(self._sockets[user], user, self._roles[user], action=action, id=name, **fields)


def _user(side: str, number: int) -> str:
    return f"{side}{number:07}-0000-4000-8000-000000000000"


@contextmanager
def population(endpoint: str) -> Iterator[Population]:
    """Yield a population that has arrived, with tables of its own in the DynamoDB at an endpoint."""
    with patch.dict("os.environ", {**SETTINGS, "AWS_ENDPOINT_URL_DYNAMODB": endpoint}):
        client = boto3.client("dynamodb")
        tables.create(client, "Log", "Directory")
        meter, scene = Meter(client, ("Log", "Directory")), Scene()
        life = Life(scene)
        made = Population(life, client, meter)
        made.arrive()
        meter.observe(scene.dynamodb, life.notifier_dynamodb)
        yield made
