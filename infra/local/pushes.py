"""The pushes that the embedded AWS was given to send, and the phones' platforms that it believes to have.

``infra.local.in_emulator.mobile_push`` collects them. No phone gets them.
"""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config

from infra.local.emulator import Emulator

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_ACCOUNT = "000000000000"  # the emulator's own
_NAME = "parley"


class Push(NamedTuple):
    """A push as the phone's platform would have received it."""

    title: str
    badge: int
    collapse: str
    raw: dict[str, Any]


class PushService:
    """SNS with one FCM application, whose ARN is ``application``. Its methods block, and need a running emulator."""

    def __init__(self, session: boto3.Session, emulator: Emulator) -> None:
        self._emulator = emulator
        self._client: SNSClient = session.client("sns", endpoint_url=emulator.endpoint, config=Config(proxies={}))
        self.application = f"arn:aws:sns:{session.region_name}:{_ACCOUNT}:app/GCM/{_NAME}"

    def make_application(self) -> None:
        """Make the application. Making it again changes nothing."""
        self._client.create_platform_application(Name=_NAME, Platform="GCM", Attributes={"PlatformCredential": "local"})

    def disable(self, endpoint: str) -> None:
        """Disable an endpoint, as a platform does when the app is no longer on its device."""
        self._client.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})

    def sent(self, endpoint: str) -> list[Push]:
        """Return what was pushed to an FCM endpoint, oldest first."""
        with self._emulator.ask("list?kinds=push") as answer:
            items = [json.loads(line)["item"] for line in answer.read().splitlines()]
        return [_push(item["raw"]["fcmV1Message"]["message"]) for item in items if item["endpoint"] == endpoint]


def _push(raw: dict[str, Any]) -> Push:
    android = raw["android"]
    return Push(
        title=raw["notification"]["title"],
        badge=int(android["notification"]["notification_count"]),
        collapse=android["collapse_key"],
        raw=raw,
    )
