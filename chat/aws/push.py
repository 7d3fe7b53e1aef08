"""Push through SNS mobile push: endpoints kept right, dead ones reported."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chat.aws import errors, payload
from chat.aws.threads import Threads
from chat.errors import BadRequest
from chat.model import Platform, PushDevice
from chat.ports import Delivery, Notification

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_NOT_FOUND = frozenset({"NotFound", "NotFoundException"})
_INVALID = frozenset({"InvalidParameter", "InvalidParameterException"})
_DEAD = frozenset({"EndpointDisabled", "EndpointDisabledException", *_NOT_FOUND})
_EXISTING = re.compile(r"Endpoint (arn:\S+:sns:\S+:endpoint/\S+) already exists")
# SNS tells which endpoint has the token nowhere but in this sentence; the published algorithm reads it there.


class SnsPush:
    """A ``chat.ports.Push``."""

    def __init__(self, client: "SNSClient", threads: Threads, applications: Mapping[Platform, str]) -> None:
        """``applications`` are the platform applications' ARNs; registering needs them, sending does not."""
        self._client = client
        self._threads = threads
        self._applications = applications

    def send(self, devices: Sequence[PushDevice], notification: Notification) -> list[Delivery]:
        return self._threads.each(lambda device: self._send(device, notification), devices)

    def _send(self, device: PushDevice, notification: Notification) -> Delivery:
        try:
            self._client.publish(
                TargetArn=device.endpoint,
                MessageStructure="json",
                Message=payload.message(device.platform, notification),
                MessageAttributes=payload.attributes(device.platform, notification),  # type: ignore[arg-type]
            )
        except ClientError as error:
            if errors.code_of(error) in _DEAD:
                return Delivery.GONE
            return Delivery.LATER if errors.is_transient(error) else Delivery.REFUSED
        except BotoCoreError:
            return Delivery.LATER
        return Delivery.DONE

    def register(self, platform: Platform, token: str, known: str | None) -> str:
        """The published algorithm: create, compare, and mend or create again.

        Source: Amazon SNS developer guide, "Creating a platform endpoint and managing device tokens". User ids
        are kept out of ``CustomUserData``: a token that moves to another user must find its endpoint again.
        """
        application = self._applications.get(platform)
        if not application:
            raise BadRequest(f"pushes through {platform} are not set up here")
        with errors.translated():
            endpoint = known or self._create(application, token)
            try:
                return self._mend(endpoint, token)
            except ClientError as error:
                if errors.code_of(error) not in _NOT_FOUND | _INVALID:
                    raise
                # The endpoint is gone, or the token has one of its own already: creating answers that one.
                return self._mend(self._create(application, token), token)

    def forget(self, endpoint: str) -> None:
        with suppress(ClientError, BotoCoreError):  # best effort: nothing points to it any more
            self._client.delete_endpoint(EndpointArn=endpoint)

    def _create(self, application: str, token: str) -> str:
        try:
            return self._client.create_platform_endpoint(PlatformApplicationArn=application, Token=token)["EndpointArn"]
        except ClientError as error:
            if errors.code_of(error) not in _INVALID:
                raise
            existing = _EXISTING.search(str(error))
            if existing is None:
                raise BadRequest("the push token is not valid for this platform") from error
            return existing[1]

    def _mend(self, endpoint: str, token: str) -> str:
        stored = self._client.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"]
        if stored.get("Token") != token or str(stored.get("Enabled")).lower() != "true":
            self._client.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Token": token, "Enabled": "true"})
        return endpoint
