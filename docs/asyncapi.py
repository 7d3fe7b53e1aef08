"""Writes docs/asyncapi.json from the frames themselves; ``--check`` only says whether it is up to date.

python -m docs.asyncapi [--check]
"""

import json
import sys
from pathlib import Path
from typing import Any

from docs.output import write_or_check
from realtime import frames, wire

PATH = Path(__file__).parent / "asyncapi.json"


def document() -> dict[str, Any]:
    """The AsyncAPI 3.1 description of the one channel that a socket is."""
    commands, server = wire.schemas()
    sent = [t.__name__ for t in wire.members(frames.AnyCommand)] + ["Ping"]
    heard = [t.__name__ for t in wire.members(wire.AnyFrame)]
    schemas = _with_plain_discriminators(commands | server | {"Ping": _ping()})
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Parley",
            "version": "1",
            "description": "Live chat over one WebSocket. Generated from realtime/wire.py; protocol.md has the rules.",
            "license": {"name": "Apache-2.0"},
            "contact": {"name": "The maintainers"},
            "tags": [{"name": "chat"}],
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {
            "socket": {
                "address": "/{stage}",
                "parameters": {"stage": {"description": "the deployed stage"}},
                "description": "Sub-protocols: `parley.v1` and the access token. Query: `device`.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in sent + heard},
            }
        },
        "operations": {
            "command": _operation("receive", "A command from a client, routed by its `action`.", _COMMANDS, sent),
            "frame": _operation("send", "An answer (it repeats the command's `id`), or news.", _FRAMES, heard),
        },
        "components": {
            "messages": {
                name: {"name": name, "payload": {"$ref": f"#/components/schemas/{name}"}} for name in sent + heard
            },
            "schemas": schemas,
            "securitySchemes": _SECURITY,
        },
    }


_SECURITY = {
    "subProtocol": {
        "type": "httpApiKey",
        "in": "header",
        "name": "Sec-WebSocket-Protocol",
        "description": "`parley.v1, <access token>`: what browsers can do",
    },
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "a Cognito access token"},
    "query": {
        "type": "httpApiKey",
        "in": "query",
        "name": "token",
        "description": "the access token; last, since URLs end up in logs",
    },
}


def _servers() -> dict[str, Any]:
    """Where the socket is, on AWS and on a laptop."""
    security = [{"$ref": f"#/components/securitySchemes/{name}"} for name in _SECURITY]
    api = {"description": "the API's id: the output ApiId, or the setting socketUrl of a laptop"}
    return {
        "aws": {
            "host": "{api}.execute-api.{region}.amazonaws.com",
            "protocol": "wss",
            "description": "A deployed environment: the output WebSocketUrl of its stack.",
            "variables": {"api": api, "region": {"default": "us-east-1"}},
            "security": security,
        },
        "laptop": {
            "host": "127.0.0.1:4567",
            "pathname": "/_aws/execute-api/{api}",
            "protocol": "ws",
            "description": "What `make run` serves (local.md).",
            "variables": {"api": api},
            "security": security,
        },
    }


_COMMANDS = "At most 32 KB. `mark` and `typing` are answered only by an error; every other command by one frame."
_FRAMES = "Frames and fields that a client does not know are to be ignored; there may be more of them in future."


def _operation(action: str, summary: str, description: str, names: list[str]) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/socket/messages/{name}"} for name in names]
    channel = {"$ref": "#/channels/socket"}
    return {
        "action": action, "channel": channel, "summary": summary, "description": description, "messages": messages
    }  # fmt: skip


def _with_plain_discriminators(schema: Any) -> Any:
    """Return a schema with AsyncAPI's discriminators, which are a property's name; msgspec makes OpenAPI's."""
    match schema:
        case {"discriminator": {"propertyName": name}}:
            return {k: _with_plain_discriminators(v) for k, v in schema.items()} | {"discriminator": name}
        case dict():
            return {k: _with_plain_discriminators(v) for k, v in schema.items()}
        case list():
            return [_with_plain_discriminators(inner) for inner in schema]
    return schema


def _ping() -> dict[str, Any]:
    return {
        "title": "Ping",
        "description": "Keeps the socket open; API Gateway itself answers `pong`.",
        "type": "object",
        "properties": {"action": {"enum": ["ping"]}},
        "required": ["action"],
    }


def main() -> int:
    """0 when the file is (now) what the frames say."""
    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    return write_or_check(PATH, text, "docs.asyncapi")


if __name__ == "__main__":
    sys.exit(main())
