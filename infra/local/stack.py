"""The whole of Parley on this machine: the embedded AWS with the real templates in it, within a ``with`` block.

This is the one place where the parts of ``infra.local`` are put together. The demo and the end-to-end tests build on
it.
"""

import json
import secrets
import socket
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import boto3
from botocore.config import Config

from infra import package, templates, users
from infra.deploy import Target, deploy
from infra.environment import LOCAL, Environment, LogLevel, load
from infra.flattening import flatten
from infra.local import stream, workarounds, workspace
from infra.local.emulator import HOST, Emulator, address, free_port
from infra.local.event_source import Ends, EventSource
from infra.local.gateway.handle import Gateway
from infra.local.gateway.settings import Limits
from infra.local.progress import Progress
from infra.local.pushes import PushService
from parley.chat.aws.directory import DynamoDirectory
from parley.core.session import Role

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

DataPlane = Literal["gateway", "emulator"]

BUCKET = "parley-code"
"""The bucket for the code and the templates, which on AWS exists once in each account."""
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
        self.sources: Sequence[EventSource] = ()
        self.notifying: Sequence[EventSource] = ()
        self._emulator = emulator
        self._gateway = gateway
        self.place = emulator.place
        self.outputs = outputs
        self.pushes = pushes
        self.url = workarounds.socket_url(data_plane, outputs)
        self.http_url = workarounds.http_url(data_plane, outputs)
        self.cognito = session.client("cognito-idp", endpoint_url=endpoint, config=config)
        self.dynamodb = session.client("dynamodb", endpoint_url=endpoint, config=config)
        self.functions = session.client("lambda", endpoint_url=endpoint, config=config)
        self.directory = DynamoDirectory(self.dynamodb, outputs["DirectoryTable"])
        trigger = workarounds.trigger(self.functions, outputs)
        self._pool = users.Pool(
            self.cognito, self.directory, outputs["UserPoolId"], outputs["UserPoolClientId"], trigger
        )

    @property
    def gateway(self) -> Gateway:
        """The gateway that serves the sockets."""
        if self._gateway is None:
            raise LookupError("this Parley's sockets are served by the embedded AWS itself: it has no gateway")
        return self._gateway

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
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.http_url}/me/devices/{device}",
            method="PUT",
            headers={"Authorization": f"Bearer {self.token(user)}", "Content-Type": "application/json"},
            data=json.dumps({"platform": "fcm", "token": token}).encode(),
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30):
            pass
        recipient = self.directory.find(recipients=[user.id], strong=True).recipients[user.id]
        return next(d.endpoint for d in recipient.devices if d.id == device)

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
    analytics: bool = False,
) -> Iterator[Local]:
    """Run a whole Parley while the block lasts, beside others at other ports. It leaves only its logs.

    Args:
        port: the port of the embedded AWS; 0 takes a free one.
        progress: where progress is reported; by default nowhere.
        data_plane: what serves the sockets and HTTP: our own gateway, or the embedded AWS itself.
        limits: the gateway's limits; by default API Gateway's own.
        log_level: the functions' log level; by default the environment's.
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
    workspace.clean()
    with ExitStack() as held:
        with tell.step("build the functions' packages"):
            codes, _ = package.local_codes(), package.runtime()
        with tell.step("start the embedded AWS"):
            pushes = held.enter_context(PushService(environment.region))
            port = port or free_port()
            inherited = workarounds.functions_environment(cognito=address(port), sns=pushes.endpoint)
            emulator = held.enter_context(Emulator(port, workspace.at(port).path, environment.region, inherited))
        session = boto3.Session("test", "test", region_name=environment.region)
        gateway = None
        if data_plane == "gateway":
            listening = held.enter_context(socket.create_server((HOST, 0), backlog=_BACKLOG))
            gateway = Gateway(listening, emulator.endpoint, emulator.place, environment.region, inherited, limits)
        with tell.step("deploy infra/templates into it"):
            local = _deploy(session, emulator, environment, pushes, gateway, codes)
        if gateway:
            with tell.step("start the gateway that serves its sockets"):
                held.enter_context(gateway)
        for source in local.sources:
            held.enter_context(source)
        yield local


def _deploy(
    session: boto3.Session,
    emulator: Emulator,
    environment: Environment,
    pushes: PushService,
    gateway: Gateway | None,
    codes: Mapping[str, bytes],
) -> Local:
    endpoint = emulator.endpoint
    data_plane = gateway.endpoint if gateway else endpoint
    config = Config(proxies={}, retries={"mode": "standard"})
    cloudformation = session.client("cloudformation", endpoint_url=endpoint, config=config)
    s3 = session.client("s3", endpoint_url=endpoint, config=config)
    s3.create_bucket(Bucket=BUCKET)
    template = flatten(templates.load(numbers=environment.numbers()))
    bridged = workarounds.bridge(template, data_plane)
    parameters = {**environment.parameters(), "FcmApplication": pushes.application}
    outputs = deploy(
        Target(cloudformation, s3, poll=0.1),
        environment.stack,
        templates.Templates(bridged.template, {}),
        parameters,
        codes,
        BUCKET,
        say=lambda _: None,
    )
    physical = _physical_ids(cloudformation, environment.stack)
    resolved = {**_parameters(cloudformation, environment.stack), **physical}
    apis = session.client("apigatewayv2", endpoint_url=endpoint, config=config)
    workarounds.complete(template, bridged.dropped, resolved, apis)
    local = Local(session, emulator, outputs, pushes, data_plane, gateway)
    sources = [(m, _source(m, physical, session, local)) for m in workarounds.mappings(bridged.dropped, physical)]
    local.sources = [source for _, source in sources]
    local.notifying = [source for m, source in sources if m["FunctionName"] == {"Ref": "NotifierFunction"}]
    return local


def _source(
    properties: Mapping[str, Any], physical: dict[str, str], session: boto3.Session, local: Local
) -> EventSource:
    """Return an event source for a dropped mapping, which refers to its function, table and queue by logical ids."""
    config = Config(proxies={}, read_timeout=120, retries={"total_max_attempts": 1}, max_pool_connections=32)
    table = local.dynamodb.describe_table(TableName=physical[properties["EventSourceArn"]["Fn::GetAtt"][0]])
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    ends = Ends(
        streams=session.client("dynamodbstreams", endpoint_url=local.endpoint, config=config),
        functions=session.client("lambda", endpoint_url=local.endpoint, config=config),
        queues=session.client("sqs", endpoint_url=local.endpoint, config=config),
        stream_arn=table["Table"]["LatestStreamArn"],
        function=physical[properties["FunctionName"]["Ref"]],
        queue_url=physical[destination["Fn::GetAtt"][0]] if destination else None,
    )
    return EventSource(ends, stream.rules(properties))


def _physical_ids(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for p in pages for r in p["StackResourceSummaries"]}


def _parameters(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str]:
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
    return {p["ParameterKey"]: p["ParameterValue"] for p in described}


class _Silence(Progress):
    """Reports to nobody."""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:  # noqa: ARG002
        yield

    def line(self, text: str = "") -> None:
        pass
