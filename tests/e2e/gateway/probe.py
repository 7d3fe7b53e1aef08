"""Functions that do what a frame or a query asks of them. They are deployed only to try out the gateway."""

import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

Event = dict[str, Any]


def handler(event: Event, context: Any) -> Any:
    """Handle ``$connect``, ``$disconnect`` and every message."""
    return DO[event["requestContext"]["eventType"]](event, context)


def authorizer(event: Event, context: Any) -> Event:
    """Do what ``?auth=`` says: allow, deny, neither, unauthorized or error. On allow, vouch for the query."""
    query = event["queryStringParameters"]
    wish = query["auth"]
    if wish in {"unauthorized", "error"}:
        raise RuntimeError("Unauthorized" if wish == "unauthorized" else "the authorizer is broken")
    resource = event["methodArn"] if wish in {"allow", "deny"} else "arn:aws:execute-api:*:*:other/*"
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": wish.title().replace("Neither", "Allow"),
        "Resource": resource,
    }
    return {
        "principalId": "somebody",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"observer": query.get("observer", ""), "number": 7, "yes": True},
    }


def connect(event: Event, context: Any) -> Any:
    """Do what the query says: ``status=``, ``fail=``, ``hold=`` (until this file exists), ``protocol=``.

    With ``post=`` (a URL), post to this very connection, and return the status as the sub-protocol.
    """
    query = event.get("queryStringParameters") or {}  # None on the embedded AWS
    if "hold" in query:
        until(Path(query["hold"]).exists)
    if query.get("fail") == "raise":
        raise RuntimeError("not today")
    if query.get("fail") == "nonsense":
        return "nonsense"
    chosen = query.get("protocol", "")
    if "post" in query:
        chosen = f"post-{post(query['post'], event['requestContext']['connectionId'])}"
    return {
        "statusCode": int(query.get("status", 200)),
        "headers": {"Sec-WebSocket-Protocol": chosen} if chosen else {},
    }


def disconnect(event: Event, context: Any) -> Event:
    """Tell the observer, whose connection URL the authorizer vouches for."""
    place = event["requestContext"].get("authorizer", {}).get("observer")
    if place:
        url, _, connection = place.rpartition("/@connections/")
        post(url, connection, event)
    return {"statusCode": 200}


def message(event: Event, context: Any) -> Any:
    """Do what the frame's ``do`` says."""
    try:
        frame = json.loads(event["body"])
    except ValueError:
        frame = {"do": "event"}
    match frame["do"]:
        case "echo" | "print":
            print(frame.get("text", "an echo"))  # noqa: T201 - the emulator waits for a line
            return answer(frame)
        case "event":
            return answer(event)
        case "context" | "process" | "sandbox" as asked:
            return answer(TELL[asked](context))
        case "post":
            return answer({"status": post(frame["url"], frame["connection"], frame.get("frame", {}))})
        case "raise":
            raise RuntimeError("not today")
        case "exit":
            os._exit(3)
        case "sleep":
            time.sleep(frame["s"])
        case "wait":
            until(Path(frame["for"]).exists)
        case "touch":
            Path(frame["file"]).touch()
        case "nonsense":
            return "nonsense"
    return answer(frame)


def told(context: Any) -> Event:
    """What the context says, and whose credentials there are."""
    return {
        "request": context.aws_request_id,
        "left": context.get_remaining_time_in_millis(),
        "name": context.function_name,
        "role": boto3.client("sts").get_caller_identity()["Arn"],
    }


def sandbox(_: Any) -> Event:
    """What the function's process finds, and the errors of writing beside the code (by three names) and in /tmp."""
    temporary = Path(tempfile.mkdtemp()) / "new"
    beside = [Path(__file__).with_name("new"), Path("new"), Path(os.environ["LAMBDA_TASK_ROOT"]) / "new"]
    return {
        "variables": dict(os.environ),
        "path": sys.path,
        "level": logging.getLogger().level,
        "written": [_written(place) for place in (*beside, temporary)],
        "temporary": str(temporary),
    }


def _written(path: Path) -> int | None:
    try:
        path.write_text("x")
    except OSError as error:
        return error.errno
    return None


def answer(value: Any) -> Event:
    return {"statusCode": 200, "body": json.dumps(value)}


def until(happened: Any) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def post(url: str, connection: str, frame: Any = "hello") -> int:
    """Post a frame. Returns the status."""
    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client("apigatewaymanagementapi", endpoint_url=url, config=config)
    try:
        client.post_to_connection(ConnectionId=connection, Data=json.dumps(frame).encode())
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return 200


TELL = {"context": told, "process": lambda _: os.getpid(), "sandbox": sandbox}
DO = {"CONNECT": connect, "DISCONNECT": disconnect, "MESSAGE": message}
