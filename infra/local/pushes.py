"""A local SNS that remembers every push, for the functions to publish to.

The embedded AWS accepts a publish to a platform endpoint and forgets it. moto's SNS, served from a thread of this
process, keeps what was published.
"""

import json
import logging
from types import TracebackType
from typing import Any, NamedTuple, Self

import boto3
from botocore.config import Config
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.sns.models import sns_backends

from infra.local.emulator import HOST

_ACCOUNT = "123456789012"  # moto's own


class Push(NamedTuple):
    """A push as the phone's platform would have received it."""

    title: str
    badge: int
    collapse: str
    raw: dict[str, Any]


class PushService:
    """``with PushService(region) as pushes:`` – an SNS with one FCM application, at ``pushes.endpoint``."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._server = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
        self.endpoint = ""
        self.application = ""

    def __enter__(self) -> Self:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would print every request
        self._server.start()
        self.endpoint = f"http://{HOST}:{self._server.get_host_and_port()[1]}"
        self._client = boto3.client(
            "sns",
            endpoint_url=self.endpoint,
            region_name=self._region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - moto takes any
            config=Config(proxies={}),
        )
        made = self._client.create_platform_application(Name="parley", Platform="GCM", Attributes={})
        self.application = made["PlatformApplicationArn"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def disable(self, endpoint: str) -> None:
        """Disable an endpoint, as a platform does when the app is no longer on its device."""
        self._client.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})

    def sent(self, endpoint: str) -> list[Push]:
        """Return what was pushed to an FCM endpoint, oldest first."""
        backend = sns_backends[_ACCOUNT][self._region]
        known = backend.platform_endpoints.get(endpoint)
        return [_push(json.loads(m)) for m in (known.messages.values() if known else [])]


def _push(published: dict[str, str]) -> Push:
    raw: dict[str, Any] = json.loads(published["GCM"])["fcmV1Message"]["message"]
    android = raw["android"]
    return Push(
        title=raw["notification"]["title"],
        badge=int(android["notification"]["notification_count"]),
        collapse=android["collapse_key"],
        raw=raw,
    )
