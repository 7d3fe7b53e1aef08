"""Where the background's entrances meet the adapters: what each function is made of. Called once, at INIT."""

from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from background.uploaded import Uploaded
from chat.aws import clients
from chat.aws.devices import DynamoDevices
from chat.aws.directory import DynamoDirectory
from chat.aws.log import DynamoLog
from chat.aws.push import SnsPush
from chat.aws.sockets import GatewaySockets
from chat.aws.threads import Threads
from entrance.settings import Settings
from entrance.telemetry import Telemetry
from media import collecting, telling, verifying
from media.aws import clients as media_clients
from media.aws.objects import S3Objects
from media.aws.register import DynamoRegister
from media.ports import Images
from users import erasing
from users import exporting as making
from users.aws import clients as user_clients
from users.aws.accounts import DynamoAccounts, DynamoExports
from users.aws.conversations import DynamoConversations
from users.aws.data import DynamoData
from users.aws.files import S3Files
from users.aws.identities import CognitoIdentities
from users.aws.profiles import DynamoProfiles


class Uploads(Struct, frozen=True):
    """What the functions of the bucket's events are made of."""

    bucket: str
    ports: verifying.Ports
    telemetry: Telemetry


class Collector(Struct, frozen=True):
    """What the collector is made of."""

    ports: collecting.Ports
    telemetry: Telemetry


class Erasure(Struct, frozen=True):
    """What the erasure is made of."""

    ports: erasing.Ports
    telemetry: Telemetry


class Exporting(Struct, frozen=True):
    """What makes archives is made of."""

    ports: making.Making
    telemetry: Telemetry


def uploads(environ: Mapping[str, str], images: Images | None = None) -> Uploads:
    """The function of uploads, for AWS; of images, with what reads them."""
    settings = Settings(environ)
    dynamodb, s3 = clients.dynamodb(), media_clients.s3()
    register = DynamoRegister(dynamodb, settings.directory_table)
    telling_ports = telling.Ports(
        directory=DynamoDirectory(dynamodb, settings.directory_table),
        sockets=GatewaySockets(clients.connections_api(settings.connections_url), Threads(clients.POSTS)),
        devices=DynamoDevices(dynamodb, settings.directory_table, Threads(1)),
        push=SnsPush(clients.sns(), Threads(clients.POSTS), applications={}),
    )
    objects = S3Objects(lambda: s3, settings.media_bucket)
    return Uploads(
        bucket=settings.media_bucket,
        ports=verifying.Ports(register=register, objects=objects, telling=telling_ports, images=images),
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
    ports = erasing.Ports(
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


def _collecting(settings: Settings) -> collecting.Ports:
    dynamodb = clients.dynamodb()
    return collecting.Ports(
        register=DynamoRegister(dynamodb, settings.directory_table),
        objects=S3Objects(cache(media_clients.s3), settings.media_bucket),
        directory=DynamoDirectory(dynamodb, settings.directory_table),
    )
