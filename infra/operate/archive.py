"""Schedule for the archive what began before an environment archived. Later conversations are scheduled by themselves.

``make archive ENV=<environment> [JSON=1]``, or ``python -m infra.operate.archive <environment> [--json]``. It reads the
whole Directory table once, and writes an item for each conversation that has none. It may be repeated, and run while
everything else does.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from infra.environment import UnknownEnvironment
from infra.local.workspace import CannotStart
from infra.operate.place import find
from parley.archive.aws.schedule import DynamoSchedule
from parley.core.aws.threads import Threads
from parley.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 16


class Off(Exception):
    """The environment archives nothing. The message is one readable line."""


def schedule(client: "DynamoDBClient", table: str, now: int, say: Callable[[str], None]) -> int:
    """Have every conversation looked at from ``now`` (ms) on, unless it is scheduled. Returns how many there are."""
    dynamo, threads = DynamoSchedule(client, table), Threads(_AT_ONCE)
    found = read = 0
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="sk = :head",
        ExpressionAttributeValues={":head": {"S": "HEAD"}},
        ProjectionExpression="pk",
    )
    for page in pages:
        conversations = [item["pk"]["S"].removeprefix("C#") for item in page["Items"]]
        threads.each(partial(dynamo.begin, due=now), conversations)
        found += len(conversations)
        read += page["ScannedCount"]
        say(f"{read} items read, {found} conversations scheduled")
    return found


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.operate.archive", description="Schedule older conversations for the archive"
    )
    parser.add_argument("environment")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _run(name: str) -> int:
    place = find(name)
    if not place.environment.archive_after_days:
        raise Off(f"{name} archives nothing: set archive_after_days in its file, and deploy")
    now, table = time.time_ns() // 1_000_000, place.outputs["DirectoryTable"]
    return schedule(place.client("dynamodb"), table, now, lambda text: print(text, file=sys.stderr))


def main(arguments: list[str]) -> int:
    """Run the command line."""
    asked = _arguments().parse_args(arguments)
    try:
        found = _run(asked.environment)
    except (UnknownEnvironment, Off, CannotStart, Unavailable, ClientError, BotoCoreError) as error:
        print(f"archive: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"conversations": found}) if asked.json else f"{found} conversations are scheduled")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
