"""What an adapter's method does at AWS: each action, and on which of our resources."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from tests.unit.infra.templates import code
from tests.unit.infra.templates.code import Place

PREFIX = "arn:aws:{service}:eu-central-1:123456789012:{rest}"
LOG, DIRECTORY, INDEX = "Log.Arn", "Directory.Arn", "Directory.Arn/index/one"
ENDPOINT = PREFIX.format(service="sns", rest="endpoint/GCM/app/1")
APPLICATION = PREFIX.format(service="sns", rest="app/GCM/app")
SECRET = PREFIX.format(service="secretsmanager", rest="secret:legacy-AbCdEf")
KEY = PREFIX.format(service="ssm", rest="parameter/parley/dev/media-key")
POST = PREFIX.format(service="execute-api", rest="Api/live/POST/@connections/c=")
CLOSE = PREFIX.format(service="execute-api", rest="Api/live/DELETE/@connections/c=")
OWN = "Media.Arn/{kind}/1"
"""An upload of a kind that the function is for."""
THUMBNAIL = "Media.Arn/thumbnails/1"


class Need(NamedTuple):
    """An action on a resource."""

    action: str
    resource: str


_OPERATIONS = {
    "get_item": "dynamodb:GetItem",
    "put_item": "dynamodb:PutItem",
    "update_item": "dynamodb:UpdateItem",
    "delete_item": "dynamodb:DeleteItem",
    "query": "dynamodb:Query",
    "batch_get_item": "dynamodb:BatchGetItem",
    "batch_write_item": "dynamodb:BatchWriteItem",
    "transact_write_items": "",  # goes by the actions of its parts
    "admin_get_user": "cognito-idp:AdminGetUser",
    "admin_delete_user": "cognito-idp:AdminDeleteUser",
    "admin_add_user_to_group": "cognito-idp:AdminAddUserToGroup",
    "invoke": "lambda:InvokeFunction",
    "publish": "sns:Publish",
    "get_parameter": "ssm:GetParameter",
    "put_record_batch": "firehose:PutRecordBatch",
    "create_platform_endpoint": "sns:CreatePlatformEndpoint",
    "get_endpoint_attributes": "sns:GetEndpointAttributes",
    "set_endpoint_attributes": "sns:SetEndpointAttributes",
    "delete_endpoint": "sns:DeleteEndpoint",
    "post_to_connection": "execute-api:ManageConnections",
    "delete_connection": "execute-api:ManageConnections",
    "get_object": "s3:GetObject",
    "head_object": "s3:GetObject",
    "put_object": "s3:PutObject",
    "delete_object": "s3:DeleteObject",
    "delete_objects": "s3:DeleteObject",
    "list_objects_v2": "s3:ListBucket",
    "restore_object": "s3:RestoreObject",
    "generate_presigned_post": "s3:PutObject",  # whoever holds the form or the link has the rights of its signer
    "generate_presigned_url": "s3:GetObject",
}
_PARTS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
_CLIENTS = {"_client", "client"}

_RESOURCES: dict[str, tuple[str, ...]] = {
    "DynamoLog": (LOG,),
    "DynamoLogSnapshots": (LOG, DIRECTORY),
    "CognitoIdentities": ("Users.Arn",),
    "CognitoRoles": ("Users.Arn",),
    "LambdaJobs": ("ExportFunction.Arn",),
    "S3Objects": (OWN,),
    "S3Links": (OWN, THUMBNAIL),
    "S3Files": ("UserFiles.Arn/exports/1",),
    "SnsPush": (ENDPOINT,),
    "DynamoAccounts": (DIRECTORY,),
    "DynamoExports": (DIRECTORY,),
    "DynamoProfiles": (DIRECTORY,),
    "DynamoData": (DIRECTORY,),
    "DynamoBlocks": (DIRECTORY,),
    "DynamoMediaReferences": (DIRECTORY,),
    "DynamoMemberships": (DIRECTORY,),
    "DynamoSnapshots": (DIRECTORY,),
    "DynamoSummaries": (DIRECTORY,),
    "DynamoConnections": (DIRECTORY,),
    "DynamoDevices": (DIRECTORY,),
    "DynamoUsers": (DIRECTORY,),
    "DynamoMediaRegistry": (DIRECTORY,),
    "DynamoReports": (DIRECTORY,),
    "DynamoSubjects": (DIRECTORY,),
    "FirehoseSink": ("EventsStream.Arn",),
    "CognitoSignIns": (PREFIX.format(service="ssm", rest="parameter/parley/dev/canary"),),
}
"""What the methods of an adapter act on, where ``_PARTICULAR`` says nothing else."""

_PARTICULAR: dict[tuple[str, str], tuple[str, ...]] = {
    ("DynamoLog.append", "dynamodb:UpdateItem"): (DIRECTORY,),  # the members' rows, and the sender's count
    # What a device leaves is its own endpoint, and so always an update. Only a registration checks another's.
    ("DynamoDevices.leave", "dynamodb:ConditionCheckItem"): (),
    ("DynamoConversations.erase", "dynamodb:Query"): (LOG,),
    ("DynamoConversations.erase", "dynamodb:BatchWriteItem"): (LOG,),
    ("DynamoConversations.erase", "dynamodb:DeleteItem"): (DIRECTORY,),
    ("S3Files.erase", "s3:DeleteObject"): ("UserFiles.Arn/files/ben/1", "UserFiles.Arn/exports/ben/1"),
    ("S3Files.erase", "s3:ListBucket"): ("UserFiles.Arn",),
    ("S3Files.listed", "s3:ListBucket"): ("UserFiles.Arn",),
    ("S3Objects.put_thumbnail", "s3:PutObject"): (THUMBNAIL,),
    ("S3Objects.remove", "s3:DeleteObject"): (OWN, THUMBNAIL),
    ("SnsPush.register", "sns:CreatePlatformEndpoint"): (APPLICATION,),
    ("GatewaySockets.post", "execute-api:ManageConnections"): (POST,),
    ("GatewaySockets.close", "execute-api:ManageConnections"): (CLOSE,),
}
_BESIDES: dict[str, tuple[Need, ...]] = {
    # Without permission to list, S3 says "forbidden" of what is missing. RestoreObject is of what exists.
    "S3Objects.stored": (Need("s3:ListBucket", "Media.Arn"),),
    "S3Objects.beginning": (Need("s3:ListBucket", "Media.Arn"),),
    "S3Objects.read": (Need("s3:ListBucket", "Media.Arn"),),
    # The bootstrap hands in what reads the private key. The link itself is signed here.
    "CloudFrontLinks.link": (Need("ssm:GetParameter", KEY),),
    # The same with what reads the database's password.
    "MySqlLegacyUsers.by_email": (Need("secretsmanager:GetSecretValue", SECRET),),
}
_SIGNS_ITSELF = "CloudFrontLinks.link"


def needs(adapter: type, method: str) -> set[Need]:
    """The actions of one method of an adapter.

    Raises:
        KeyError: it calls an operation, or is of an adapter, that is not in the tables above.
    """
    function = getattr(adapter, method)
    name = function.__qualname__  # of the class that has it, for a directory is made of several
    places = code.reached({Place(function.__module__, name)})
    own = name.partition(".")[0]
    found = set(_BESIDES.get(name, ()))
    if name == _SIGNS_ITSELF:
        return found
    indexed = any(isinstance(n, ast.keyword) and n.arg == "IndexName" for n in code.mentions(places))
    for action in set(_actions(places)):
        resources = _PARTICULAR[name, action] if (name, action) in _PARTICULAR else _RESOURCES[own]
        if action == "dynamodb:Query" and indexed:
            resources = (INDEX,)
        found |= {Need(action, r) for r in resources}
    return found


def _actions(places: set[Place]) -> Iterator[str]:
    nodes = list(code.mentions(places))
    operations = {n.attr for n in nodes if isinstance(n, ast.Attribute) and _is_client(n.value)}
    yield from filter(None, (_OPERATIONS[o] for o in operations))
    if "transact_write_items" in operations:
        keys = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        yield from (_PARTS[k] for k in keys & _PARTS.keys())


def _is_client(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=[]) | ast.Attribute(attr=name) | ast.Name(id=name):
            return name in _CLIENTS
    return False
