"""Where HTTP meets the adapters: what the function is made of. Called once, at INIT."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from chat import devices, keep, mark, reports, send
from chat.aws import clients
from chat.aws.devices import DynamoDevices
from chat.aws.directory import DynamoDirectory
from chat.aws.log import DynamoLog
from chat.aws.push import SnsPush
from chat.aws.reports import DynamoReports
from chat.aws.sockets import GatewaySockets
from chat.aws.threads import Threads
from entrance.settings import Settings
from entrance.telemetry import Telemetry
from media import archiving, showing, telling, uploading
from media.aws import clients as media_clients
from media.aws.cloudfront import CloudFrontLinks
from media.aws.objects import S3Links, S3Objects
from media.aws.register import DynamoRegister
from media.ports import Links
from rest import account, media
from users import exporting, profiles, synced
from users.aws import clients as user_clients
from users.aws.accounts import DynamoAccounts, DynamoExports
from users.aws.data import DynamoData
from users.aws.files import S3Files
from users.aws.jobs import LambdaJobs
from users.aws.profiles import DynamoProfiles

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Rest(Struct, frozen=True):
    """What the HTTP function is made of: each resource's ports."""

    profiles: profiles.Ports
    sending: send.Ports
    rules: send.Rules
    marking: mark.Ports
    keeping: keep.Ports
    devices: devices.Ports
    reports: reports.Ports
    data: synced.Ports
    account: account.Ports
    media: media.Ports
    telemetry: Telemetry


def rest(environ: Mapping[str, str]) -> Rest:
    """The HTTP function, for AWS."""
    settings = Settings(environ)
    dynamodb = clients.dynamodb()
    threads = Threads(8)
    log = DynamoLog(dynamodb, settings.log_table, settings.directory_table)
    directory = DynamoDirectory(dynamodb, settings.directory_table, threads)
    sockets = GatewaySockets(clients.connections_api(settings.connections_url), Threads(clients.POSTS))
    register = DynamoRegister(dynamodb, settings.directory_table)
    owners = DynamoDevices(dynamodb, settings.directory_table, threads)
    push = SnsPush(clients.sns(), threads, settings.push_applications)
    s3 = cache(media_clients.s3)
    objects = S3Objects(s3, settings.media_bucket)
    return Rest(
        profiles=profiles.Ports(
            profiles=DynamoProfiles(dynamodb, settings.directory_table, threads), directory=directory, sockets=sockets
        ),
        sending=send.Ports(log=log, directory=directory, sockets=sockets, together=threads),
        rules=send.Rules(any_pair=settings.any_pair),
        marking=mark.Ports(log=log, directory=directory, sockets=sockets, together=threads),
        keeping=keep.Ports(directory=directory, sockets=sockets),
        devices=devices.Ports(directory=directory, devices=owners, push=push),
        reports=reports.Ports(log=log, directory=directory, reports=DynamoReports(dynamodb, settings.directory_table)),
        data=synced.Ports(
            data=DynamoData(dynamodb, settings.directory_table, threads), directory=directory, sockets=sockets
        ),
        account=account.Ports(
            accounts=DynamoAccounts(dynamodb, settings.directory_table),
            exports=exporting.Asking(
                exports=DynamoExports(dynamodb, settings.directory_table),
                jobs=LambdaJobs(user_clients.functions(), settings.export_function),
                files=S3Files(s3, settings.user_files_bucket),
            ),
        ),
        media=media.Ports(
            uploading=uploading.Ports(register=register, objects=objects, directory=directory),
            rules=uploading.Rules(any_pair=settings.any_pair),
            showing=showing.Ports(
                register=register,
                objects=objects,
                links=_links(settings, s3),
                directory=directory,
                archiving=archiving.Ports(
                    register=register,
                    telling=telling.Ports(directory=directory, sockets=sockets, devices=owners, push=push),
                ),
            ),
        ),
        telemetry=Telemetry(),
    )


def _links(settings: Settings, s3: "Callable[[], S3Client]") -> Links:
    """Through the distribution, if there is one."""
    if not settings.media_domain:
        return S3Links(s3, settings.media_bucket)
    return CloudFrontLinks(settings.media_domain, settings.media_key_id, lambda: _private_key(settings.media_key))


def _private_key(name: str) -> str:
    return media_clients.ssm().get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
