"""Where the background's entrances meet the adapters: what each function is made of. Called once, at INIT."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from parley.accounts import deletion
from parley.accounts import exports as making
from parley.accounts.aws import clients as user_clients
from parley.accounts.aws.accounts import DynamoAccounts, DynamoExports
from parley.accounts.aws.conversations import DynamoConversations
from parley.accounts.aws.files import S3Files
from parley.accounts.aws.identities import CognitoIdentities
from parley.accounts.aws.profiles import DynamoProfiles
from parley.accounts.aws.roles import CognitoRoles
from parley.accounts.aws.user_data import DynamoData
from parley.accounts.ports import Roles
from parley.chat.aws import items
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.chat.effects import settings as effects
from parley.chat.entries import Entry
from parley.chat.ports import Directory
from parley.core.aws import clients
from parley.core.aws.threads import Threads
from parley.core.parallel import Parallel
from parley.delivery.aws.devices import DynamoDevices
from parley.delivery.aws.push import SnsPush
from parley.delivery.aws.sockets import GatewaySockets
from parley.media import collection, media_events, verification
from parley.media.aws import clients as media_clients
from parley.media.aws.objects import S3Objects
from parley.media.aws.registry import DynamoMediaRegistry
from parley.media.ports import Images
from parley.runtime.settings import Settings
from parley.runtime.telemetry import Telemetry
from workers.uploaded import Uploaded


class Uploads(Struct, frozen=True):
    """What the functions of the bucket's events are made of."""

    bucket: str
    ports: verification.Ports
    telemetry: Telemetry


class Collector(Struct, frozen=True):
    """What the collector is made of."""

    ports: collection.Ports
    telemetry: Telemetry


class Erasure(Struct, frozen=True):
    """What the erasure is made of."""

    ports: deletion.Ports
    telemetry: Telemetry


class Exporting(Struct, frozen=True):
    """What makes archives is made of."""

    ports: making.Making
    telemetry: Telemetry


class Notifier(Struct, frozen=True):
    """What the notifier is made of; ``entry`` reads one from a stream record's image."""

    ports: effects.Ports
    rules: effects.Rules
    parallel: Parallel
    entry: Callable[[Mapping[str, Any]], Entry]
    telemetry: Telemetry


class Confirmed(Struct, frozen=True):
    """What the post-confirmation function is made of; ``roles`` are those of the pool named by the event."""

    directory: Directory
    roles: Callable[[str], Roles]
    telemetry: Telemetry


def notifier(environ: Mapping[str, str]) -> Notifier:
    """The notifier function, for AWS."""
    settings = Settings(environ)
    dynamodb, threads = clients.dynamodb(), Threads(clients.POSTS)
    directory = DynamoDirectory(dynamodb, settings.directory_table)
    devices = DynamoDevices(dynamodb, settings.directory_table, threads)
    push = SnsPush(clients.sns(), threads, applications={})
    return Notifier(
        ports=effects.Ports(directory=directory, sockets=_sockets(settings), devices=devices, push=push),
        rules=effects.Rules(preview=settings.preview),
        parallel=Threads(8),
        entry=items.entry,
        telemetry=Telemetry(),
    )


def confirmed(environ: Mapping[str, str]) -> Confirmed:
    """The confirmed function, for AWS."""
    directory = DynamoDirectory(clients.dynamodb(), Settings(environ).directory_table)
    cognito = clients.cognito()
    return Confirmed(directory=directory, roles=lambda pool: CognitoRoles(cognito, pool), telemetry=Telemetry())


def uploads(environ: Mapping[str, str], images: Images | None = None) -> Uploads:
    """The function of uploads, for AWS; of images, with what reads them."""
    settings = Settings(environ)
    dynamodb, s3 = clients.dynamodb(), media_clients.s3()
    register = DynamoMediaRegistry(dynamodb, settings.directory_table)
    telling_ports = media_events.Ports(
        directory=DynamoDirectory(dynamodb, settings.directory_table),
        sockets=GatewaySockets(clients.connections_api(settings.connections_url), Threads(clients.POSTS)),
        devices=DynamoDevices(dynamodb, settings.directory_table, Threads(1)),
        push=SnsPush(clients.sns(), Threads(clients.POSTS), applications={}),
    )
    objects = S3Objects(lambda: s3, settings.media_bucket)
    return Uploads(
        bucket=settings.media_bucket,
        ports=verification.Ports(register=register, objects=objects, telling=telling_ports, images=images),
        telemetry=Telemetry(),
    )


def collector(environ: Mapping[str, str]) -> Collector:
    """The collector, for AWS."""
    settings = Settings(environ)
    return Collector(ports=_collecting(settings), telemetry=Telemetry())


def erasure(environ: Mapping[str, str]) -> Erasure:
    """The erasure, for AWS."""
    settings = Settings(environ)
    dynamodb, threads = clients.dynamodb(), Threads(8)
    ports = deletion.Ports(
        accounts=DynamoAccounts(dynamodb, settings.directory_table),
        conversations=DynamoConversations(dynamodb, settings.log_table, settings.directory_table),
        identities=CognitoIdentities(clients.cognito(), settings.user_pool),
        directory=DynamoDirectory(dynamodb, settings.directory_table),
        devices=DynamoDevices(dynamodb, settings.directory_table, threads),
        push=SnsPush(clients.sns(), threads, applications={}),
        sockets=GatewaySockets(clients.connections_api(settings.connections_url), threads),
        uploads=_uploaded(settings),
        files=S3Files(cache(user_clients.s3), settings.user_files_bucket),
    )
    return Erasure(ports=ports, telemetry=Telemetry())


def exporting(environ: Mapping[str, str]) -> Exporting:
    """What makes archives, for AWS."""
    settings = Settings(environ)
    dynamodb, threads = clients.dynamodb(), Threads(8)
    ports = making.Making(
        exports=DynamoExports(dynamodb, settings.directory_table),
        files=S3Files(cache(user_clients.s3), settings.user_files_bucket),
        identities=CognitoIdentities(clients.cognito(), settings.user_pool),
        directory=DynamoDirectory(dynamodb, settings.directory_table),
        profiles=DynamoProfiles(dynamodb, settings.directory_table, threads),
        data=DynamoData(dynamodb, settings.directory_table, threads),
        log=DynamoLog(dynamodb, settings.log_table, settings.directory_table),
        uploads=_uploaded(settings),
    )
    return Exporting(ports=ports, telemetry=Telemetry())


def _uploaded(settings: Settings) -> Uploaded:
    return Uploaded(_collecting(settings))


def _collecting(settings: Settings) -> collection.Ports:
    dynamodb = clients.dynamodb()
    return collection.Ports(
        register=DynamoMediaRegistry(dynamodb, settings.directory_table),
        objects=S3Objects(cache(media_clients.s3), settings.media_bucket),
        directory=DynamoDirectory(dynamodb, settings.directory_table),
    )


def _sockets(settings: Settings) -> GatewaySockets:
    return GatewaySockets(clients.connections_api(settings.connections_url), Threads(clients.POSTS))
