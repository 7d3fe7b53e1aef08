"""The whole of Parley on this machine: the embedded AWS with the real templates in it, within a ``with`` block.

This is the one place where the parts of ``infra.local`` are put together. The demo and the end-to-end tests build on
it.
"""

import http.client
import json
import secrets
import socket
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, Literal, NamedTuple

import boto3
from botocore.config import Config

from infra import package, users
from infra.environment import LOCAL, LogLevel, load
from infra.local import client_settings, deployment, ports, stream, workarounds, workspace
from infra.local.deployment import Deployment, Wanted
from infra.local.emulator import HOST, Emulator, address, free_port
from infra.local.event_source import Ends, EventSource
from infra.local.gateway.handle import Gateway
from infra.local.gateway.settings import Limits
from infra.local.progress import Progress
from infra.local.pushes import PushService
from parley.chat.aws.directory import DynamoDirectory
from parley.core.session import Role

DataPlane = Literal["gateway", "emulator"]

_BACKLOG = 1024


class User(NamedTuple):
    """Somebody who can sign in."""

    id: str
    email: str
    name: str
    password: str
    role: Role


class Local:
    """A running Parley.

    Attributes:
        endpoint: every AWS service, with the root's keys ``test`` / ``test``.
        url: where clients connect.
        http_url: where the HTTP API's paths begin.
        settings: what an app needs to connect.
        outputs: the outputs of the stack.
        pushes: the SNS that the notifier publishes to.
        directory: the adapter over the deployed table.
        place: where its files are.
    """

    def __init__(
        self,
        session: boto3.Session,
        emulator: Emulator,
        outputs: dict[str, str],
        pushes: PushService,
        data_plane: str,
        gateway: Gateway | None,
    ) -> None:
        endpoint = emulator.endpoint
        config = Config(proxies={}, retries={"mode": "standard"}, read_timeout=60)
        self.endpoint = endpoint
        self.notifying: Sequence[EventSource] = ()
        self._emulator = emulator
        self._gateway = gateway
        self.place = emulator.place
        self.outputs = outputs
        self.pushes = pushes
        self.url = workarounds.socket_url(data_plane, outputs)
        self.http_url = workarounds.http_url(data_plane, outputs)
        self.settings = client_settings.collect(outputs, f"{data_plane}/", self.url, self.http_url, endpoint)
        self.cognito = session.client("cognito-idp", endpoint_url=endpoint, config=config)
        self.dynamodb = session.client("dynamodb", endpoint_url=endpoint, config=config)
        self.functions = session.client("lambda", endpoint_url=endpoint, config=config)
        self.directory = DynamoDirectory(self.dynamodb, outputs["DirectoryTable"])
        self._pool = users.Pool(self.cognito, self.directory, outputs["UserPoolId"], outputs["UserPoolClientId"])

    @property
    def gateway(self) -> Gateway:
        """The gateway that serves the sockets."""
        if self._gateway is None:
            raise LookupError("this Parley's sockets are served by the embedded AWS itself: it has no gateway")
        return self._gateway

    def news(self, *kinds: str) -> http.client.HTTPResponse:
        """Return an open answer of the embedded AWS: codes and pushes, a line of JSON each, as they come."""
        return self._emulator.ask(f"stream?kinds={','.join(kinds)}", limit=None)

    def alive(self) -> bool:
        """Return whether all of it is still running."""
        return self._emulator.alive() and (self._gateway is None or self._gateway.alive())

    def create_user(self, name: str, role: Role, email: str | None = None) -> User:
        """Sign up, confirm, and if asked for make a provider of a user, with the same calls as in production."""
        email = email or f"{name.lower()}@example.com"
        password = f"Aa1-{secrets.token_urlsafe(12)}"
        users.sign_up(self._pool, email, password, name)
        user = users.confirm(self._pool, email)
        if role == "provider":
            users.grant(self._pool, email, "provider")
        return User(id=user, email=email, name=name, password=password, role=role)

    def settled(self, limit: float) -> bool:
        """Return whether, within ``limit`` seconds, the notifier has dealt with every entry stored so far."""
        return all(source.settled(limit) for source in self.notifying)

    def register(self, user: User, device: str, token: str) -> str:
        """Register a device for pushes over HTTP, as its app does, and return its endpoint in ``pushes``."""
        self._request(user, "PUT", f"/me/devices/{device}", {"platform": "fcm", "token": token})
        recipient = self.directory.find(recipients=[user.id], strong=True).recipients[user.id]
        return next(d.endpoint for d in recipient.devices if d.id == device)

    def unregister(self, user: User, device: str) -> None:
        """Release a device over HTTP, as its app does at sign-out. It gets no more pushes."""
        self._request(user, "DELETE", f"/me/devices/{device}")

    def change_profile(self, user: User, **fields: str) -> None:
        """Change fields of a user's profile over HTTP, as their app does."""
        self._request(user, "PATCH", "/me", fields)

    def _request(self, user: User, method: str, path: str, body: Mapping[str, str] | None = None) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.http_url}{path}",
            method=method,
            headers={"Authorization": f"Bearer {self.token(user)}", "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30):
            pass

    def token(self, user: User) -> str:
        """Return a fresh access token of the user."""
        answer = self.cognito.initiate_auth(
            ClientId=self._pool.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user.email, "PASSWORD": user.password},
        )
        return answer["AuthenticationResult"]["AccessToken"]


@contextmanager
def running(
    port: int = 0,
    progress: Progress | None = None,
    data_plane: DataPlane = "gateway",
    limits: Limits | None = None,
    log_level: LogLevel | None = None,
    *,
    keep: bool = False,
    fresh: bool = False,
    analytics: bool = False,
) -> Iterator[Local]:
    """Run a whole Parley while the block lasts, beside others at other ports. It leaves only its logs.

    Args:
        port: the port of the embedded AWS; 0 takes a free one.
        progress: where progress is reported; by default nowhere.
        data_plane: what serves the sockets and HTTP: our own gateway, or the embedded AWS itself.
        limits: the gateway's limits; by default API Gateway's own.
        log_level: the functions' log level; by default the environment's.
        keep: whether it goes on from what the last one at this port has left, and leaves everything for the next one.
            Its gateway then serves at the port after ``port``; otherwise at a free one.
        fresh: whether what the last one has left is deleted first.
        analytics: whether events are recorded; tests that are about something else save the work.

    Raises:
        infra.local.workspace.CannotStart: the embedded AWS or the gateway does not come up.
        infra.deploy.DeploymentFailed: the embedded AWS refuses the templates.
        infra.package.CannotPackage: the functions' dependencies could not be fetched.
    """
    environment = load(LOCAL)
    environment = environment.model_copy(
        update={"log_level": log_level or environment.log_level, "analytics": analytics and environment.analytics}
    )
    tell = progress or _Silence()
    port = port or free_port()
    if keep:
        ports.refuse_early(port, workspace.at(port))
    workspace.clean()
    if fresh:
        workspace.forget(workspace.at(port))
    inherited = workarounds.functions_environment(address(port))
    with ExitStack() as held:
        place = workspace.at(port).path
        emulator = Emulator(port, place, environment.region, inherited, keep=keep, wait=False)
        held.enter_context(emulator)
        listening = None
        if data_plane == "gateway":
            listening = held.enter_context(socket.create_server((HOST, port + 1 if keep else 0), backlog=_BACKLOG))
        with tell.step("build the functions' packages"), ThreadPoolExecutor(1) as beside:
            image = beside.submit(package.runtime)
            codes = package.local_codes()
            image.result()
        session = boto3.Session("test", "test", region_name=environment.region)
        gateway = None
        if listening:
            gateway = Gateway(listening, emulator.endpoint, emulator.place, environment.region, inherited, limits)
            held.callback(gateway.stop)
        pushes = PushService(session, emulator)
        wanted = Wanted(environment, pushes.application, codes, gateway.endpoint if gateway else emulator.endpoint)
        made = deployment.found(emulator.place, wanted) if keep else None
        local = Local(session, emulator, made.outputs, pushes, wanted.data_plane, gateway) if made else None
        if local and gateway:
            gateway.show(local.settings, emulator.secret)
            gateway.begin()
        with tell.step("start the embedded AWS" + (", as it was left" if made else "")):
            emulator.ready()
        if made is None or local is None:
            with tell.step("deploy infra/templates into it"):
                made = _deployed(session, emulator, wanted, pushes, keep=keep)
            local = Local(session, emulator, made.outputs, pushes, wanted.data_plane, gateway)
        client_settings.write(local.settings, local.place.path)
        if gateway:
            gateway.show(local.settings, emulator.secret)
            with tell.step("start the gateway that serves its sockets"):
                held.enter_context(gateway)
        for mapping in made.mappings:
            reader = held.enter_context(source(mapping, made.physical, session, local, keep=keep))
            if mapping["FunctionName"] == {"Ref": f"NotifierFunction{workarounds.ALIAS_SUFFIX}"}:
                local.notifying = [reader]
        yield local


def _deployed(
    session: boto3.Session, emulator: Emulator, wanted: Wanted, pushes: PushService, *, keep: bool
) -> Deployment:
    pushes.make_application()
    made = deployment.bring_about(session, emulator.endpoint, wanted, emulator.place)
    if keep:
        emulator.save()
        deployment.keep(emulator.place, wanted, made)
    return made


def source(
    properties: Mapping[str, Any], physical: Mapping[str, str], session: boto3.Session, local: Local, *, keep: bool
) -> EventSource:
    """Return an event source for a dropped mapping, which refers to its function, table and queue by logical ids."""
    config = Config(proxies={}, read_timeout=120, retries={"total_max_attempts": 1}, max_pool_connections=32)
    logical = properties["EventSourceArn"]["Fn::GetAtt"][0]
    table = local.dynamodb.describe_table(TableName=local.outputs[f"{logical}Table"])  # which may be a restored one
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    ends = Ends(
        streams=session.client("dynamodbstreams", endpoint_url=local.endpoint, config=config),
        functions=session.client("lambda", endpoint_url=local.endpoint, config=config),
        queues=session.client("sqs", endpoint_url=local.endpoint, config=config),
        stream_arn=table["Table"]["LatestStreamArn"],
        function=physical[properties["FunctionName"]["Ref"]],
        queue_url=physical[destination["Fn::GetAtt"][0]] if destination else None,
    )
    name = f"{properties['FunctionName']['Ref']}-{logical}.position"
    position = local.place.state / name if keep else None
    return EventSource(ends, stream.rules(properties), position)


class _Silence(Progress):
    """Reports to nobody."""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:  # noqa: ARG002
        yield

    def line(self, text: str = "") -> None:
        pass
