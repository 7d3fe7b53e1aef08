"""Where HTTP meets the adapters: what the function is made of. Called once, at INIT."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from parley.accounts import exports, profiles, user_data
from parley.accounts.aws import clients as user_clients
from parley.accounts.aws.accounts import DynamoAccounts, DynamoExports
from parley.accounts.aws.files import S3Files
from parley.accounts.aws.jobs import LambdaJobs
from parley.accounts.aws.profiles import DynamoProfiles
from parley.accounts.aws.user_data import DynamoData
from parley.chat import preferences, receipts, send
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.core.aws import clients
from parley.core.aws.threads import Threads
from parley.delivery import devices
from parley.delivery.aws.devices import DynamoDevices
from parley.delivery.aws.push import SnsPush
from parley.delivery.aws.sockets import GatewaySockets
from parley.media import archive, links, media_events, uploads
from parley.media.aws import clients as media_clients
from parley.media.aws.cloudfront import CloudFrontLinks
from parley.media.aws.objects import S3Links, S3Objects
from parley.media.aws.registry import DynamoMediaRegistry
from parley.media.ports import Links
from parley.moderation import reports
from parley.moderation.aws.reports import DynamoReports
from parley.runtime.settings import Settings
from parley.runtime.telemetry import Telemetry
from rest import account, media

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Rest(Struct, frozen=True):
    """What the HTTP function is made of: each resource's ports."""

    profiles: profiles.Ports
    sending: send.Ports
    rules: send.Rules
    marking: receipts.Ports
    keeping: preferences.Ports
    devices: devices.Ports
    reports: reports.Ports
    data: user_data.Ports
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
    register = DynamoMediaRegistry(dynamodb, settings.directory_table)
    owners = DynamoDevices(dynamodb, settings.directory_table, threads)
    push = SnsPush(clients.sns(), threads, settings.push_applications)
    s3 = cache(media_clients.s3)
    objects = S3Objects(s3, settings.media_bucket)
    return Rest(
        profiles=profiles.Ports(
            profiles=DynamoProfiles(dynamodb, settings.directory_table, threads), directory=directory, sockets=sockets
        ),
        sending=send.Ports(log=log, directory=directory, sockets=sockets, parallel=threads),
        rules=send.Rules(allow_consumer_pairs=settings.allow_consumer_pairs),
        marking=receipts.Ports(log=log, directory=directory, sockets=sockets, parallel=threads),
        keeping=preferences.Ports(directory=directory, sockets=sockets),
        devices=devices.Ports(connections=directory, devices=owners, push=push),
        reports=reports.Ports(log=log, directory=directory, reports=DynamoReports(dynamodb, settings.directory_table)),
        data=user_data.Ports(
            data=DynamoData(dynamodb, settings.directory_table, threads), directory=directory, sockets=sockets
        ),
        account=account.Ports(
            accounts=DynamoAccounts(dynamodb, settings.directory_table),
            exports=exports.Asking(
                exports=DynamoExports(dynamodb, settings.directory_table),
                jobs=LambdaJobs(user_clients.functions(), settings.export_function),
                files=S3Files(s3, settings.user_files_bucket),
            ),
        ),
        media=media.Ports(
            uploading=uploads.Ports(register=register, objects=objects, directory=directory),
            rules=uploads.Rules(allow_consumer_pairs=settings.allow_consumer_pairs),
            showing=links.Ports(
                register=register,
                objects=objects,
                links=_links(settings, s3),
                directory=directory,
                archiving=archive.Ports(
                    register=register,
                    telling=media_events.Ports(directory=directory, sockets=sockets, devices=owners, push=push),
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
