"""DynamoDB's answers taken as they are: one JSON document, already in the form that ``parley.chat.aws.items`` reads.

botocore walks its model for each value of each attribute to find blobs and times, of which our tables have none; that
is a sixth of a call's CPU. Its event ``before-parse`` lets a handler answer in the parser's place. Errors are left to
botocore.
"""

from typing import Any

import msgspec

_EVENT = "before-parse.dynamodb"
_READ = ("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem")


def take_plainly(client: Any) -> None:
    """Have this DynamoDB client hand on what these operations answer, as decoded JSON."""
    for operation in _READ:
        client.meta.events.register(f"{_EVENT}.{operation}", _take)


def _take(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    if response_dict["status_code"] == 200 and response_dict["body"]:
        customized_response_dict.update(msgspec.json.decode(response_dict["body"]))
        response_dict["body"] = b"{}"  # nothing is left to botocore but the headers
