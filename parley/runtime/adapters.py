"""The adapters for AWS, made once per process. Only the bootstrap uses them.

A cold start costs what it imports and makes. So an adapter that not every function needs is imported where it is made,
and it is made when it is first asked for.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from parley.chat.aws.directory import DynamoDirectory
from parley.core.aws import clients
from parley.core.aws.threads import Threads
from parley.runtime.settings import Settings
from parley.runtime.telemetry import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

    from parley.accounts import ports as account_ports
    from parley.analytics.ports import Sink, Subjects
    from parley.archive.aws.index import DynamoIndex, DynamoWaiters
    from parley.archive.aws.packs import S3Packs
    from parley.archive.aws.schedule import DynamoSchedule
    from parley.archive.ports import Cipher
    from parley.chat.aws.log import DynamoLog
    from parley.chat.ports import LogSnapshots
    from parley.delivery import ports as delivery_ports
    from parley.media import collection
    from parley.media import ports as media_ports
    from parley.migration.ports import LegacyUsers
    from parley.moderation.ports import Reports

SIDE_BY_SIDE = 8
"""How many calls to AWS run in parallel, unless a function says otherwise."""


class Adapters:
    """The adapters for AWS. Each is made at most once, and only when it is asked for."""

    def __init__(self, environ: Mapping[str, str], threads: int = SIDE_BY_SIDE) -> None:
        """This starts the telemetry, and reads nothing yet.

        Args:
            environ: the function's environment.
            threads: how many calls to AWS run in parallel. Posts to sockets have threads of their own.
        """
        self.telemetry = Telemetry.start()
        self._environ = environ
        self._size = threads

    @cached_property
    def settings(self) -> Settings:
        return Settings(self._environ)

    @cached_property
    def threads(self) -> Threads:
        return Threads(self._size)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return clients.dynamodb()

    @cached_property
    def cognito(self) -> "CognitoIdentityProviderClient":
        return clients.cognito()

    @cached_property
    def s3(self) -> "S3Client":
        """The client for media, which signs forms and links with the Region's own address."""
        from parley.media.aws import clients as media_clients

        return media_clients.s3()

    @cached_property
    def archives(self) -> "S3Client":
        """The client for users' own files if no link is signed. It waits a long time for a part of an archive."""
        from parley.accounts.aws import clients as account_clients

        return account_clients.s3()

    @cached_property
    def functions(self) -> "LambdaClient":
        from parley.accounts.aws import clients as account_clients

        return account_clients.functions()

    @cached_property
    def directory(self) -> DynamoDirectory:
        return DynamoDirectory(self.dynamodb, self.settings.directory_table)

    @cached_property
    def wide_directory(self) -> DynamoDirectory:
        """The directory for functions that read much at once, in parallel."""
        return DynamoDirectory(self.dynamodb, self.settings.directory_table, self.threads)

    @cached_property
    def log(self) -> "DynamoLog":
        from parley.chat.aws.log import DynamoLog

        return DynamoLog(self.dynamodb, self.settings.log_table, self.settings.directory_table)

    @cached_property
    def log_snapshots(self) -> "LogSnapshots":
        from parley.chat.aws.snapshots import DynamoLogSnapshots

        return DynamoLogSnapshots(self.dynamodb, self.settings.log_table, self.settings.directory_table)

    @cached_property
    def sockets(self) -> "delivery_ports.Sockets":
        from parley.delivery.aws.sockets import GatewaySockets

        return GatewaySockets(clients.connections_api(self.settings.connections_url), Threads(clients.POSTS))

    @cached_property
    def devices(self) -> "delivery_ports.Devices":
        from parley.delivery.aws.devices import DynamoDevices

        return DynamoDevices(self.dynamodb, self.settings.directory_table, self.threads)

    @cached_property
    def push(self) -> "delivery_ports.Push":
        from parley.delivery.aws.push import SnsPush

        return SnsPush(clients.sns(), self.threads, self.settings.push_applications)

    @cached_property
    def reports(self) -> "Reports":
        from parley.moderation.aws.reports import DynamoReports

        return DynamoReports(self.dynamodb, self.settings.directory_table)

    @cached_property
    def subjects(self) -> "Subjects":
        from parley.analytics.aws.subjects import DynamoSubjects

        return DynamoSubjects(self.dynamodb, self.settings.directory_table, self.threads)

    @cached_property
    def sink(self) -> "Sink":
        from parley.analytics.aws import clients as analytics_clients
        from parley.analytics.aws.firehose import FirehoseSink

        return FirehoseSink(analytics_clients.firehose(), self.settings.events_stream)

    @cached_property
    def archive_schedule(self) -> "DynamoSchedule":
        from parley.archive.aws.schedule import DynamoSchedule

        return DynamoSchedule(self.dynamodb, self.settings.directory_table)

    @cached_property
    def archive_index(self) -> "DynamoIndex":
        from parley.archive.aws.index import DynamoIndex

        return DynamoIndex(self.dynamodb, self.settings.directory_table)

    @cached_property
    def archive_waiters(self) -> "DynamoWaiters":
        from parley.archive.aws.index import DynamoWaiters

        return DynamoWaiters(self.dynamodb, self.settings.directory_table)

    @cached_property
    def packs(self) -> "S3Packs":
        from parley.archive.aws.packs import S3Packs

        return S3Packs(lambda: self.s3, self.settings.archive_bucket)

    @cached_property
    def cipher(self) -> "Cipher":
        from parley.archive.aesgcm import AesGcm

        return AesGcm()

    @cached_property
    def profiles(self) -> "account_ports.Profiles":
        from parley.accounts.aws.profiles import DynamoProfiles

        return DynamoProfiles(self.dynamodb, self.settings.directory_table, self.threads)

    @cached_property
    def user_data(self) -> "account_ports.Data":
        from parley.accounts.aws.user_data import DynamoData

        return DynamoData(self.dynamodb, self.settings.directory_table, self.threads)

    @cached_property
    def accounts(self) -> "account_ports.Accounts":
        from parley.accounts.aws.accounts import DynamoAccounts

        return DynamoAccounts(self.dynamodb, self.settings.directory_table)

    @cached_property
    def exports(self) -> "account_ports.Exports":
        from parley.accounts.aws.accounts import DynamoExports

        return DynamoExports(self.dynamodb, self.settings.directory_table)

    @cached_property
    def jobs(self) -> "account_ports.Jobs":
        from parley.accounts.aws.jobs import LambdaJobs

        return LambdaJobs(lambda: self.functions, self.settings.export_function)

    @cached_property
    def conversations(self) -> "account_ports.Conversations":
        from parley.accounts.aws.conversations import DynamoConversations

        return DynamoConversations(self.dynamodb, self.settings.log_table, self.settings.directory_table)

    @cached_property
    def identities(self) -> "account_ports.Identities":
        from parley.accounts.aws.identities import CognitoIdentities

        return CognitoIdentities(self.cognito, self.settings.user_pool)

    @cached_property
    def files(self) -> "account_ports.Files":
        """Users' own files, for reading, writing and removing."""
        from parley.accounts.aws.files import S3Files

        return S3Files(lambda: self.archives, self.settings.user_files_bucket)

    @cached_property
    def linked_files(self) -> "account_ports.Files":
        """Users' own files, for links. They share the client for media, whose links name the Region's own address."""
        from parley.accounts.aws.files import S3Files

        return S3Files(lambda: self.s3, self.settings.user_files_bucket)

    @cached_property
    def uploads(self) -> "account_ports.Uploads":
        from parley.runtime.user_uploads import Uploaded

        return Uploaded(self.collecting)

    @cached_property
    def registry(self) -> "media_ports.MediaRegistry":
        from parley.media.aws.registry import DynamoMediaRegistry

        return DynamoMediaRegistry(self.dynamodb, self.settings.directory_table)

    @cached_property
    def objects(self) -> "media_ports.Objects":
        from parley.media.aws.objects import S3Objects

        return S3Objects(lambda: self.s3, self.settings.media_bucket)

    @cached_property
    def links(self) -> "media_ports.Links":
        """Links to media, through the distribution if there is one."""
        if not self.settings.media_domain:
            from parley.media.aws.objects import S3Links

            return S3Links(lambda: self.s3, self.settings.media_bucket)
        from parley.media.aws.cloudfront import CloudFrontLinks

        settings = self.settings
        return CloudFrontLinks(settings.media_domain, settings.media_key_id, lambda: _private_key(settings.media_key))

    @cached_property
    def legacy_users(self) -> "LegacyUsers":
        from parley.migration.aws import credentials
        from parley.migration.mysql import MySqlLegacyUsers, Place

        place = Place(host=self.settings.legacy_host, database=self.settings.legacy_database)
        secret = credentials.SecretCredentials(credentials.client(), self.settings.legacy_secret)
        return MySqlLegacyUsers(place, secret)

    @cached_property
    def collecting(self) -> "collection.Ports":
        from parley.media import collection

        return collection.Ports(
            registry=self.registry, objects=self.objects, connections=self.directory, media_references=self.directory
        )


def _private_key(name: str) -> str:
    from parley.media.aws import clients as media_clients

    return media_clients.ssm().get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
