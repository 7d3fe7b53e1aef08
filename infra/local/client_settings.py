"""What an app needs to connect to this machine's Parley, in the three forms in which apps read it (docs/local.md)."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

_NAMES = {
    "pageUrl": "PARLEY_PAGE_URL",
    "socketUrl": "PARLEY_WS_URL",
    "httpUrl": "PARLEY_HTTP_URL",
    "region": "PARLEY_REGION",
    "userPoolId": "PARLEY_USER_POOL_ID",
    "clientId": "PARLEY_CLIENT_ID",
    "identityPoolId": "PARLEY_IDENTITY_POOL_ID",
    "bucket": "PARLEY_BUCKET",
    "mediaBucket": "PARLEY_MEDIA_BUCKET",
    "cognitoUrl": "PARLEY_COGNITO_URL",
    "s3Url": "PARLEY_S3_URL",
}
"""The variables by the names that JSON and JavaScript have. None of the values is a secret."""


def collect(outputs: Mapping[str, str], page: str, socket: str, http: str, aws: str) -> dict[str, str]:
    """Return the settings, from the outputs of the stack and the addresses of what serves here."""
    return {
        "pageUrl": page,
        "socketUrl": socket,
        "httpUrl": http,
        "region": outputs["Region"],
        "userPoolId": outputs["UserPoolId"],
        "clientId": outputs["UserPoolClientId"],
        "identityPoolId": outputs["IdentityPoolId"],
        "bucket": outputs["UserFilesBucket"],
        "mediaBucket": outputs["MediaBucket"],
        "cognitoUrl": aws,
        "s3Url": aws,
    }


def as_json(settings: Mapping[str, str | None]) -> str:
    """Return the settings as a JSON document."""
    return json.dumps(settings, indent=2) + "\n"


def as_module(settings: Mapping[str, str]) -> str:
    """Return the settings as an ES module."""
    return f"export default {json.dumps(settings, indent=2)};\n"


def as_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings as the environment variables that ``parley`` and the examples read."""
    return {_NAMES[name]: value for name, value in settings.items()}


def write(settings: Mapping[str, str], directory: Path) -> None:
    """Write ``settings.json``, ``settings.js`` and ``settings.env`` into a directory."""
    lines = [f"{name}={shlex.quote(value)}" for name, value in as_variables(settings).items()]
    (directory / "settings.json").write_text(as_json(settings), encoding="utf-8")
    (directory / "settings.js").write_text(as_module(settings), encoding="utf-8")
    (directory / "settings.env").write_text("\n".join(lines) + "\n", encoding="utf-8")
