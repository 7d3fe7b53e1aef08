"""A function that does what a request's path asks of it. It is deployed to try out the gateway's HTTP side."""

import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    what, _, argument = event["rawPath"].removeprefix("/test").strip("/").partition("/")
    match what:
        case "event":
            return event
        case "binary":
            return {
                "statusCode": 200,
                "headers": {"content-type": "image/png"},
                "body": "/wA=",
                "isBase64Encoded": True,
            }
        case "cookies":
            return {"statusCode": 204, "cookies": ["a=1", "b=2"]}
        case "status":
            return {"statusCode": int(argument), "headers": {"ETag": '"1"'}, "body": "said"}
        case "raise":
            raise RuntimeError("not today")
        case "sleep":
            time.sleep(float(argument))
    return "hello"
