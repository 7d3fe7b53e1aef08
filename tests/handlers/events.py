"""Events as API Gateway, DynamoDB Streams and Cognito send them (shapes from their developer guides)."""

import json
from typing import Any
from urllib.parse import quote_plus

from parley.chat.entries import Entry

FOREVER = "9999999999000"
CONNECTION = "L0SM9cOFvHcCIhw="


def _context(route: str, kind: str, connection: str) -> dict[str, Any]:
    return {
        "routeKey": route,
        "eventType": kind,
        "extendedRequestId": "joe9zFNzvHcFwmA=",
        "requestTime": "23/Nov/2026:07:00:00 +0000",
        "messageDirection": "IN",
        "stage": "live",
        "connectedAt": 1795417200000,
        "requestTimeEpoch": 1795417200100,
        "identity": {"userAgent": "Parley/1.0 (iPhone)", "sourceIp": "203.0.113.7"},
        "requestId": "joe9zFNzvHcFwmA=",
        "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        "connectionId": connection,
        "apiId": "a1b2c3d4e5",
    }


def vouched(
    user: str = "alice", role: str = "consumer", device: str = "phone", expires: str = FOREVER
) -> dict[str, Any]:
    """The authorizer's context: all strings, with what API Gateway adds."""
    return {
        "principalId": user,
        "integrationLatency": 123,
        "user": user,
        "role": role,
        "device": device,
        "expires": expires,
    }


def upgrade(protocols: str = "", authorization: str = "", query: dict[str, str] | None = None) -> dict[str, Any]:
    """The event that the authorizer gets."""
    headers = {
        "Host": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "X-Amzn-Trace-Id": "Root=1-655f0000-0123456789abcdef01234567",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    if protocols:
        headers["Sec-WebSocket-Protocol"] = protocols
    if authorization:
        headers["Authorization"] = authorization
    event: dict[str, Any] = {
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/$connect",
        "headers": headers,
        "multiValueHeaders": {k: [v] for k, v in headers.items()},
        "requestContext": _context("$connect", "CONNECT", CONNECTION),
    }
    if query is not None:  # absent, not empty, if there is none
        event["queryStringParameters"] = query
        event["multiValueQueryStringParameters"] = {k: [v] for k, v in query.items()}
    return event


def connected(protocols: str = "parley.v1", **who: str) -> dict[str, Any]:
    """The event that the connect function gets."""
    event = upgrade(protocols)
    del event["type"], event["methodArn"]
    event["requestContext"]["authorizer"] = vouched(**who)
    return event | {"isBase64Encoded": False}


def disconnected(connection: str = CONNECTION, **who: str) -> dict[str, Any]:
    context = _context("$disconnect", "DISCONNECT", connection)
    context |= {"authorizer": vouched(**who), "disconnectStatusCode": 1001, "disconnectReason": "Going away"}
    return {"headers": {"Host": context["domainName"]}, "requestContext": context, "isBase64Encoded": False}


def frame(body: Any, connection: str = CONNECTION, **who: str) -> dict[str, Any]:
    """The event that the message function gets. ``body`` is sent as it is if text, otherwise as JSON."""
    context = _context("$default", "MESSAGE", connection)
    context |= {"authorizer": vouched(**who), "messageId": "joe9zeYePHcCJHg="}
    text = body if isinstance(body, str) else json.dumps(body)
    return {"requestContext": context, "body": text, "isBase64Encoded": False}


def stream(*entries: Entry) -> dict[str, Any]:
    """The event that the notifier gets: NEW_IMAGE records in DynamoDB's own form."""
    return {"Records": [_record(n, e) for n, e in enumerate(entries, start=1)]}


def _record(n: int, entry: Entry) -> dict[str, Any]:
    image = {
        "conversation": {"S": entry.conversation},
        "seq": {"N": str(entry.seq)},
        "count": {"N": str(entry.count)},
        "id": {"S": entry.id},
        "kind": {"S": entry.kind},
        "sender": {"S": entry.sender},
        "at": {"N": str(entry.at)},
        "body": {"M": {"text": {"S": entry.body.text}}},
    }
    return {
        "eventID": f"c4ca4238a0b923820dcc509a6f75849{n}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1795417200.0,
            "Keys": {"conversation": image["conversation"], "seq": image["seq"]},
            "NewImage": image,
            "SequenceNumber": f"{4421584500000000017450439090 + n}",
            "SizeBytes": 120,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/Log/stream/2026-11-23T07:00:00.000",
    }


def confirmation(trigger: str = "PostConfirmation_ConfirmSignUp") -> dict[str, Any]:
    """The event that Cognito sends when a user has verified their address."""
    return {
        "version": "1",
        "region": "us-east-1",
        "userPoolId": "us-east-1_abcdef123",
        "userName": "5c0e1b9e-0001-4000-8000-1234567890ab",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "4clientid"},
        "triggerSource": trigger,
        "request": {
            "userAttributes": {
                "sub": "5c0e1b9e-0001-4000-8000-1234567890ab",
                "email_verified": "true",
                "cognito:user_status": "CONFIRMED",
                "name": "Alice",
                "email": "alice@example.com",
            }
        },
        "response": {},
    }


def issuing(*groups: str, source: str = "TokenGeneration_HostedAuth") -> dict[str, Any]:
    """The event that Cognito sends before it makes a user's tokens. Source: "Pre token generation Lambda trigger"."""
    event = confirmation(source)
    event["request"]["groupConfiguration"] = {
        "groupsToOverride": list(groups), "iamRolesToOverride": [], "preferredRole": None
    }  # fmt: skip
    return event


def migration(
    source: str = "UserMigration_Authentication",
    *,
    email: str,
    password: str | None = None,
) -> dict[str, Any]:
    """The event that Cognito sends about a user that it does not know. Source: "Migrate user Lambda trigger"."""
    return {
        "version": "1",
        "triggerSource": source,
        "region": "us-east-1",
        "userPoolId": "us-east-1_abcdef123",
        "userName": email,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "4clientid"},
        "request": {"password": password, "validationData": None, "userAttributes": None, "clientMetadata": None},
        "response": {
            "userAttributes": None,
            "forceAliasCreation": None,
            "enableSMSMFA": None,
            "finalUserStatus": None,
            "messageAction": None,
            "desiredDeliveryMediums": None,
        },
    }


def bucket(name: str, key: str, **more: Any) -> dict[str, Any]:
    """An event of the media bucket. Source: "Event message structure" and "Viewing the archive status of an object
    within S3 Intelligent-Tiering" in the Amazon S3 user guide. The key is encoded as in a form.
    """
    record = {
        "eventVersion": "2.3",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-11-23T07:00:00.000Z",
        "eventName": name,
        "userIdentity": {"principalId": "AWS:AROAEXAMPLE:parley-rest"},
        "requestParameters": {"sourceIPAddress": "203.0.113.7"},
        "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "media",
            "bucket": {
                "name": "parley-media",
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": "arn:aws:s3:::parley-media",
            },
            "object": {
                "key": quote_plus(key, safe="/"),
                "size": 1024,
                "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                "sequencer": "0055AED6DCD90281E5",
            },
        },
        **more,
    }
    return {"Records": [record]}


def archived(key: str) -> dict[str, Any]:
    """Intelligent-Tiering has moved an object to the archive."""
    return bucket(
        "IntelligentTiering", key, intelligentTieringEventData={"destinationAccessTier": "DEEP_ARCHIVE_ACCESS"}
    )


def restored(key: str) -> dict[str, Any]:
    """An object is back from the archive."""
    told = {"lifecycleRestorationExpiryTime": "1970-01-01T00:00:00.000Z", "lifecycleRestoreStorageClass": "GLACIER"}
    return bucket("ObjectRestore:Completed", key, glacierEventData={"restoreEventData": told})


BUCKET_TEST = {
    "Service": "Amazon S3",
    "Event": "s3:TestEvent",
    "Time": "2026-11-23T07:00:00.000Z",
    "Bucket": "parley-media",
    "RequestId": "5582815E1AEA5ADF",
    "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
}
"""What S3 sends when notifications are set up."""
