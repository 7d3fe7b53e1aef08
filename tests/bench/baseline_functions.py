"""Functions that Parley's message is compared with, deployed behind the gateway that serves Parley.

``bare`` makes the three calls of a direct message and does nothing else: no rules, no log line. ``lookup_chat`` makes
the calls of AWS's sample chat in Python (awsdocs/aws-doc-sdk-examples, ``apigateway_websocket_chat``): it reads the
sender's name, finds all connections by a scan, and posts to every one but the sender's. It stores nothing. Unlike the
sample, it makes its clients once, and not for every message.
"""

import json
from functools import lru_cache
from typing import Any

import boto3

Event = dict[str, Any]


def connection(event: Event, context: Any) -> Event:
    """Return the id of the socket that asks."""
    return {"statusCode": 200, "body": json.dumps({"connection": event["requestContext"]["connectionId"]})}


def bare(event: Event, context: Any) -> Event:
    """Make the calls whose parameters the frame holds."""
    frame = json.loads(event["body"])
    _dynamodb().batch_get_item(**frame["get"])
    _dynamodb().put_item(**frame["put"])
    _gateway(frame["url"]).post_to_connection(ConnectionId=frame["to"], Data=json.dumps(frame["post"]).encode())
    return {"statusCode": 200, "body": json.dumps({"type": "ack"})}


def lookup_chat(event: Event, context: Any) -> Event:
    """Post the frame's text to every connection but the sender's."""
    frame = json.loads(event["body"])
    sender = event["requestContext"]["connectionId"]
    table = _table(frame["table"])
    name = table.get_item(Key={"connection_id": sender})["Item"]["user_name"]
    found = table.scan(ProjectionExpression="connection_id")["Items"]
    for other in (item["connection_id"] for item in found if item["connection_id"] != sender):
        message = json.dumps({"type": "message", "text": f"{name}: {frame['text']}"})
        _gateway(frame["url"]).post_to_connection(ConnectionId=other, Data=message.encode())
    return {"statusCode": 200, "body": json.dumps({"type": "ack"})}


@lru_cache(maxsize=1)
def _dynamodb() -> Any:
    return boto3.client("dynamodb")


@lru_cache(maxsize=1)
def _table(name: str) -> Any:
    return boto3.resource("dynamodb").Table(name)


@lru_cache(maxsize=1)
def _gateway(url: str) -> Any:
    return boto3.client("apigatewaymanagementapi", endpoint_url=url)
