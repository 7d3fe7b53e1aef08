"""APIs whose functions do what they are asked to do (``probe``), and sockets to them."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import boto3
from botocore.config import Config
from websockets.sync.client import ClientConnection, connect

from infra.local.emulator import HOST
from infra.local.gateway.handle import Gateway
from infra.local.gateway.settings import Limits
from infra.local.stack import Local
from tests.baseline_api import Maker, PlainApi

SOURCE = Path(__file__).with_name("probe.py")


class Probes(NamedTuple):
    """What is deployed.

    Attributes:
        local: where it is deployed.
        whole: routes ``echo``, ``quiet`` (no route response), ``denied`` (its role may not post), ``hasty`` (a time-out
            of one second), ``closed`` (API Gateway may not invoke it), ``once`` (one message in a thousand seconds), a
            MOCK ``ping``, and ``$default``, all behind an authorizer with ``?auth=`` for its identity source.
        bare: a route ``echo``, and nothing else.
    """

    local: Local
    whole: PlainApi
    bare: PlainApi


def deploy(local: Local) -> Probes:
    """Create the probes' functions and APIs."""
    maker = Maker(local.endpoint)
    probe = maker.function("probe", SOURCE, "probe.handler", ["execute-api:ManageConnections"])
    denied = maker.function("probe-denied", SOURCE, "probe.handler", [])
    hasty = maker.function("probe-hasty", SOURCE, "probe.handler", [], timeout=1)
    closed = maker.function("probe-closed", SOURCE, "probe.handler", [], invocable=False)
    authorizer = maker.function("probe-authorizer", SOURCE, "probe.authorizer", [])
    whole, bare = maker.api("probe"), maker.api("bare")
    asked = whole.authorizer(authorizer, "route.request.querystring.auth")
    whole.route("$connect", probe, authorizer=asked)
    for key in ("echo", "$default", "once"):
        whole.route(key, probe, responds=True)
    whole.route("denied", denied, responds=True)
    whole.route("hasty", hasty, responds=True)
    whole.route("quiet", probe)
    whole.route("closed", closed, responds=True)
    whole.route("$disconnect", probe)
    whole.mock("ping", '{"pong": "$context.connectionId"}')
    whole.throttle("once", 0.001, 1)
    bare.route("echo", probe, responds=True)
    return Probes(local, whole, bare)


@contextmanager
def gateway(local: Local, **limits: float) -> Iterator[Gateway]:
    """Another gateway over the same APIs, with limits of its own."""
    with (
        socket.create_server((HOST, 0)) as listening,
        Gateway(listening, local.endpoint, local.place, "us-east-1", {}, Limits(**limits)) as running,
    ):
        yield running


def dial(running: Gateway, api: PlainApi, **query: Any) -> ClientConnection:
    """A socket. The query has ``auth=allow`` unless it says otherwise; ``options`` are the client's."""
    options = query.pop("options", {})
    asked = urlencode({"auth": "allow"} | query)
    url = f"{running.endpoint.replace('http', 'ws')}{api.path}?{asked}"
    return connect(url, open_timeout=20, proxy=None, compression=None, **options)


def ask(open_socket: ClientConnection, action: str = "echo", **frame: Any) -> Any:
    """Send a frame. Returns the answer."""
    open_socket.send(json.dumps({"action": action, "do": "echo"} | frame))
    return hear(open_socket)


def hear(open_socket: ClientConnection) -> Any:
    """The next frame."""
    return json.loads(open_socket.recv(timeout=20))


def connection_of(open_socket: ClientConnection) -> str:
    """A socket's connection id."""
    return str(ask(open_socket, do="event")["requestContext"]["connectionId"])


def connections(running: Gateway, api: PlainApi, key: str = "test") -> Any:
    """A client for the connections API, with the root's keys."""
    session = boto3.Session(key, "test", region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1}, proxies={})
    return session.client("apigatewaymanagementapi", endpoint_url=f"{running.endpoint}{api.path}", config=config)
