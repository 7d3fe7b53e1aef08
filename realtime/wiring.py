"""Where the entrances meet the adapters: what each function is made of. Called once, at INIT."""

from collections.abc import Mapping

from msgspec import Struct

from parley.chat import receipts, send, sync, typing
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.chat.ports import Directory
from parley.core.aws import clients
from parley.core.aws.threads import Threads
from parley.delivery.aws.sockets import GatewaySockets
from parley.delivery.ports import Sockets
from parley.runtime.settings import Settings
from parley.runtime.telemetry import Telemetry


class Message(Struct, frozen=True):
    """What the message function is made of: each use case's ports, and the deployment's rules."""

    sending: send.Ports
    rules: send.Rules
    syncing: sync.Ports
    marking: receipts.Ports
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


def message(environ: Mapping[str, str]) -> Message:
    """The message function, for AWS."""
    settings = Settings(environ)
    dynamodb = clients.dynamodb()
    log = DynamoLog(dynamodb, settings.log_table, settings.directory_table)
    directory = DynamoDirectory(dynamodb, settings.directory_table)
    sockets = _sockets(settings)
    parallel = Threads(8)
    return Message(
        sending=send.Ports(log=log, directory=directory, sockets=sockets, parallel=parallel),
        rules=send.Rules(allow_consumer_pairs=settings.allow_consumer_pairs),
        syncing=sync.Ports(log=log, directory=directory, parallel=parallel),
        marking=receipts.Ports(log=log, directory=directory, sockets=sockets, parallel=parallel),
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


def _sockets(settings: Settings) -> GatewaySockets:
    return GatewaySockets(clients.connections_api(settings.connections_url), Threads(clients.POSTS))
