"""Takes DynamoDB's responses as they are: one JSON document, already in the form that ``parley.chat.aws.items`` reads.

botocore walks its model for each value of each attribute to find blobs and times. Our tables have neither, and the walk
takes a sixth of a call's CPU. botocore's event ``before-parse`` lets a handler replace the parser. Errors are still
parsed by botocore.
"""

from typing import Any

import msgspec

_EVENT = "before-parse.dynamodb"
_READ = ("BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem")


def take_plainly(client: Any) -> None:
    """Make this DynamoDB client return the responses of these operations as decoded JSON."""
    for operation in _READ:
        client.meta.events.register(f"{_EVENT}.{operation}", _take)


def _take(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    if response_dict["status_code"] == 200 and response_dict["body"]:
        customized_response_dict.update(msgspec.json.decode(response_dict["body"]))
        response_dict["body"] = b"{}"  # only the headers are left for botocore to parse
