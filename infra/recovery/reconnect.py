"""Close every socket, so that every client connects and syncs again: ``make reconnect ENV=dev TABLE=…``.

After tables were restored, sockets that were opened before are in the old Directory only. Until a client connects
again, it hears nothing live (API Gateway ends every socket after two hours).
"""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.deploy import command
from infra.operate.place import find
from parley.core.aws.threads import Threads
from parley.delivery.aws import items
from parley.delivery.aws.sockets import GatewaySockets
from parley.delivery.ports import Delivery

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 8
_TOLD_EVERY = 1_000


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = command.Parser(prog="make reconnect ENV=…", description="Close every socket of an environment")
    parser.add_argument("environment", help="a file in infra/environments, without .json")
    parser.add_argument("--table", help="the Directory that knows the sockets; by default, the present one")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    asked = parser.parse_args(arguments)

    def work() -> None:
        environment, session = command.on_aws(asked.environment)
        place = find(environment.name)
        api, stage = place.outputs["ApiId"], place.outputs["StageName"]
        suffix = "amazonaws.com.cn" if environment.region.startswith("cn-") else "amazonaws.com"
        url = f"https://{api}.execute-api.{environment.region}.{suffix}/{stage}"
        sockets = GatewaySockets(session.client("apigatewaymanagementapi", endpoint_url=url), Threads(_AT_ONCE))
        table = asked.table or place.outputs["DirectoryTable"]
        done, left = close(connections(place.client("dynamodb"), table), sockets)
        print(json.dumps({"closed": done, "left": left}) if asked.json else f"{done} closed, {left} not")
        if left:
            raise command.Refused(f"{left} sockets could not be closed: run this again")

    return command.run("reconnect", work)


def connections(dynamodb: "DynamoDBClient", table: str) -> Iterator[str]:
    """Yield the ids of all connections that a Directory knows. Reads the whole table."""
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, FilterExpression="sk = :reach", ExpressionAttributeValues={":reach": {"S": "REACH"}}
    )
    for page in pages:
        for item in page["Items"]:
            yield from (connection.id for connection in items.recipient(item).connections)


def close(known: Iterator[str], sockets: GatewaySockets) -> tuple[int, int]:
    """Close the connections, and return how many are closed, and how many could not be."""
    done = left = 0
    while batch := [c for c, _ in zip(known, range(_TOLD_EVERY), strict=False)]:
        ends = sockets.close(batch)
        later = ends.count(Delivery.LATER) + ends.count(Delivery.REFUSED)
        done, left = done + len(ends) - later, left + later
        print(f"{done} closed", file=sys.stderr, flush=True)
    return done, left


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
