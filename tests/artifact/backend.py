"""What the functions find behind them: moto's server with the two tables, the buckets, a user pool and two users."""

import functools
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

from infra import templates
from infra.environment import LOCAL, load
from infra.local import sandbox
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.model import PROFILE
from parley.media.aws.registry import DynamoMediaRegistry
from parley.media.model import Media
from tests import tables

_REGION = "us-east-1"
PASSWORD = "Aa1-correct-horse"
MEDIA_KEY = "/parley/test/media-key"
"""The name of the SSM parameter for the key that signs links."""
SECRET_KEY = "secret-access-key-of-the-function"
SESSION_TOKEN = "session-token-of-the-function"


class User(NamedTuple):
    id: str
    username: str
    token: str


class Backend(NamedTuple):
    """``names`` are the physical names of resources, and the values of parameters, by what a template calls them."""

    endpoint: str
    names: Mapping[str, str]
    alice: User
    bob: User

    def variables(self, function: str, *, level: str) -> dict[str, str]:
        """Return all variables of a function of the templates: its own, and those that Lambda sets.

        Source: "Defined runtime environment variables" in the Lambda developer guide.
        """
        names = {**self.names, "LogLevel": level}
        shared = tables.template()["Globals"]["Function"]
        own = tables.template()["Resources"][function]["Properties"]
        given = {**shared["Environment"]["Variables"], **own.get("Environment", {}).get("Variables", {})}
        told = {name: _resolved(value, names) for name, value in given.items()}
        if "CONNECTIONS_URL" in told:  # there are no sockets here
            told["CONNECTIONS_URL"] = f"{self.endpoint}/live"
        return told | {
            **sandbox.VARIABLES,
            **sandbox.LOCAL,
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_SESSION_TOKEN": SESSION_TOKEN,
            "AWS_LAMBDA_FUNCTION_NAME": function,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(own.get("MemorySize", shared["MemorySize"])),
            "AWS_LAMBDA_LOG_FORMAT": shared["LoggingConfig"]["LogFormat"],
            "AWS_LAMBDA_LOG_LEVEL": "DEBUG" if level == "DEBUG" else "INFO",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/parley/{function}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
            "_HANDLER": own["Handler"],
            # Not Lambda's: where AWS is.
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_COGNITO_IDP": self.endpoint,
        }

    def signed_media(self, key: str) -> str:
        """Store the key (PEM) that signs links, as ``MEDIA_KEY``, and an upload of Alice's that is ready: its id."""
        self._client("ssm").put_parameter(Name=MEDIA_KEY, Type="SecureString", Value=key)
        media = Media(
            id="01JDA0000000000000000000AA", owner=self.alice.id, scope=PROFILE, type="application/pdf", size=1,
            sha256="0" * 64, created=time.time_ns() // 1_000_000, state="ready",
        )  # fmt: skip
        DynamoMediaRegistry(self._client("dynamodb"), self.names["Directory"]).open(media)
        return media.id

    def _client(self, service: str) -> Any:
        return _client(self.endpoint, service)


def functions() -> dict[str, str]:
    """Return the handler of every function in the templates."""
    resources = tables.template()["Resources"].items()
    return {name: r["Properties"]["Handler"] for name, r in resources if r["Type"] == templates.FUNCTION}


def package_of(function: str) -> str:
    """Return the parameter for the key of a function's package."""
    own = tables.template()["Resources"][function]["Properties"]
    code = own.get("CodeUri", tables.template()["Globals"]["Function"]["CodeUri"])
    return str(code["Key"]["Ref"])


@contextmanager
def running() -> Iterator[Backend]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield _set_up(f"http://{host}:{port}")
    finally:
        server.stop()


def _client(endpoint: str, service: str) -> Any:
    session = boto3.Session("test", "test", region_name=_REGION)
    return session.client(service, endpoint_url=endpoint, config=Config(proxies={}))


def _set_up(endpoint: str) -> Backend:
    client = functools.partial(_client, endpoint)
    tables.create(client("dynamodb"), "parley-log", "parley-directory")
    for bucket in ("parley-media-test", "parley-user-files"):
        client("s3").create_bucket(Bucket=bucket)
    client("firehose").create_delivery_stream(
        DeliveryStreamName="parley-events",
        ExtendedS3DestinationConfiguration={
            "BucketARN": "arn:aws:s3:::parley-user-files",
            "RoleARN": "arn:aws:iam::123456789012:role/parley-events",
        },
    )
    cognito = client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="parley")["UserPool"]["Id"]
    app = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    for group in ("consumer", "provider"):
        cognito.create_group(UserPoolId=pool, GroupName=group)
    alice, bob = (
        _user(cognito, pool, app, name, group) for name, group in (("alice", "consumer"), ("bob", "provider"))
    )
    directory = DynamoDirectory(client("dynamodb"), "parley-directory")
    directory.upsert_user(alice.id, "consumer", "Alice")
    directory.upsert_user(bob.id, "provider", "Bob")
    names = {
        **load(LOCAL).parameters(),
        "LegacyHost": "legacy.example.com",
        "LegacyDatabase": "shop",
        "LegacySecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:legacy-AbCdEf",
        "Log": "parley-log",
        "Directory": "parley-directory",
        "Archive": "parley-archive-test",
        "Media": "parley-media-test",
        "UserFiles": "parley-user-files",
        "Users": pool,
        "App": app,
        "Api": "a1b2c3d4e5",
        "StageName": "live",
        "ExportFunction": "parley-export",
        "EventsStream": "parley-events",
        "AWS::Region": _REGION,
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/parley-local/test",
    }
    return Backend(endpoint, names, alice, bob)


def _user(cognito: Any, pool: str, app: str, name: str, group: str) -> User:
    email = f"{name}@example.com"
    cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
    tokens = cognito.initiate_auth(
        ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD}
    )["AuthenticationResult"]
    described = cognito.admin_get_user(UserPoolId=pool, Username=email)
    attributes = {a["Name"]: a["Value"] for a in described["UserAttributes"]}
    return User(attributes["sub"], described["Username"], tokens["AccessToken"])


_OFF = {"MediaDistributed", "MediaNamed", "SocketNamed", "Enforced", "LogRestored", "DirectoryRestored"}
"""The conditions of what an environment has only if it is asked for."""


def _resolved(value: Any, names: Mapping[str, str]) -> str:
    """Return a variable's value as CloudFormation would, for the few functions that the variables' values use."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return names[name]
        case {"Fn::Sub": [text, own]}:
            return _resolved({"Fn::Sub": text}, {**names, **{n: _resolved(v, names) for n, v in own.items()}})
        case {"Fn::Sub": text}:
            for name, known in names.items():
                text = text.replace(f"${{{name}}}", known)
            assert "${" not in text, text
            return str(text)
        case {"Fn::Select": [index, {"Fn::Split": [separator, whole]}]}:
            return _resolved(whole, names).split(separator)[int(index)]
        case {"Fn::If": [condition, _, otherwise]} if condition in _OFF:
            return _resolved(otherwise, names)
    raise AssertionError(f"a variable's value is put together in a new way: {json.dumps(value)}")
