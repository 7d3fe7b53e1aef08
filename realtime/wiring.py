"""Where the entrances meet the adapters: what each function is made of. Called once, at INIT."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from chat import mark, notify, send, sync, typing
from chat.aws import clients, items
from chat.aws.cognito import CognitoRoles
from chat.aws.devices import DynamoDevices
from chat.aws.directory import DynamoDirectory
from chat.aws.log import DynamoLog
from chat.aws.push import SnsPush
from chat.aws.sockets import GatewaySockets
from chat.aws.threads import Threads
from chat.model import Entry
from chat.ports import Directory, Roles, Sockets, Together
from entrance.settings import Settings
from entrance.telemetry import Telemetry


class Message(Struct, frozen=True):
    """What the message function is made of: each use case's ports, and the deployment's rules."""

    sending: send.Ports
    rules: send.Rules
    syncing: sync.Ports
    marking: mark.Ports
    typing: typing.Ports
    directory: Directory
    telemetry: Telemetry


class Connect(Struct, frozen=True):
    """What the connect function is made of."""

    directory: Directory
    sockets: Sockets
    telemetry: Telemetry


class Disconnect(Struct, frozen=True):
    """What the disconnect function is made of; it closes nothing."""

    directory: Directory
    telemetry: Telemetry


class Notifier(Struct, frozen=True):
    """What the notifier is made of; ``entry`` reads one from a stream record's image."""

    ports: notify.Ports
    rules: notify.Rules
    together: Together
    entry: Callable[[Mapping[str, Any]], Entry]
    telemetry: Telemetry


class Confirmed(Struct, frozen=True):
    """What the post-confirmation function is made of; ``roles`` are those of the pool named by the event."""

    directory: Directory
    roles: Callable[[str], Roles]
    telemetry: Telemetry


def message(environ: Mapping[str, str]) -> Message:
    """The message function, for AWS."""
    settings = Settings(environ)
    dynamodb = clients.dynamodb()
    log = DynamoLog(dynamodb, settings.log_table, settings.directory_table)
    directory = DynamoDirectory(dynamodb, settings.directory_table)
    sockets = _sockets(settings)
    together = Threads(8)
    return Message(
        sending=send.Ports(log=log, directory=directory, sockets=sockets, together=together),
        rules=send.Rules(any_pair=settings.any_pair),
        syncing=sync.Ports(log=log, directory=directory, together=together),
        marking=mark.Ports(log=log, directory=directory, sockets=sockets, together=together),
        typing=typing.Ports(directory=directory, sockets=sockets),
        directory=directory,
        telemetry=Telemetry(),
    )


def connect(environ: Mapping[str, str]) -> Connect:
    """The connect function, for AWS."""
    settings = Settings(environ)
    directory = DynamoDirectory(clients.dynamodb(), settings.directory_table)
    return Connect(directory=directory, sockets=_sockets(settings), telemetry=Telemetry())


def disconnect(environ: Mapping[str, str]) -> Disconnect:
    """The disconnect function, for AWS."""
    directory = DynamoDirectory(clients.dynamodb(), Settings(environ).directory_table)
    return Disconnect(directory=directory, telemetry=Telemetry())


def notifier(environ: Mapping[str, str]) -> Notifier:
    """The notifier function, for AWS."""
    settings = Settings(environ)
    dynamodb, threads = clients.dynamodb(), Threads(clients.POSTS)
    directory = DynamoDirectory(dynamodb, settings.directory_table)
    devices = DynamoDevices(dynamodb, settings.directory_table, threads)
    push = SnsPush(clients.sns(), threads, applications={})
    return Notifier(
        ports=notify.Ports(directory=directory, sockets=_sockets(settings), devices=devices, push=push),
        rules=notify.Rules(preview=settings.preview),
        together=Threads(8),
        entry=items.entry,
        telemetry=Telemetry(),
    )


def confirmed(environ: Mapping[str, str]) -> Confirmed:
    """The confirmed function, for AWS."""
    directory = DynamoDirectory(clients.dynamodb(), Settings(environ).directory_table)
    cognito = clients.cognito()
    return Confirmed(directory=directory, roles=lambda pool: CognitoRoles(cognito, pool), telemetry=Telemetry())


def _sockets(settings: Settings) -> GatewaySockets:
    return GatewaySockets(clients.connections_api(settings.connections_url), Threads(clients.POSTS))
