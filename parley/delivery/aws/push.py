"""Push through SNS mobile push. Endpoints are kept correct, and dead ones are reported."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from parley.core.aws import errors
from parley.core.aws.threads import Threads
from parley.core.errors import BadRequest, Unavailable
from parley.delivery.aws import payload
from parley.delivery.model import Platform, PushDevice
from parley.delivery.ports import Delivery, Notification

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_NOT_FOUND = frozenset({"NotFound", "NotFoundException"})
_INVALID = frozenset({"InvalidParameter", "InvalidParameterException"})
_DEAD = frozenset({"EndpointDisabled", "EndpointDisabledException", *_NOT_FOUND})
_EXISTING = re.compile(r"Endpoint (arn:\S+:sns:\S+:endpoint/\S+) already exists")
# SNS says only in this sentence which endpoint has the token; the published algorithm reads it there, too.
_NO_ENDPOINT = "No endpoint found for the target arn"
# SNS reports a publish to a deleted endpoint as an invalid parameter, and only this sentence tells it from others.

_ATTEMPTS = 3
# An endpoint that has just been created is gone only if the token's former user gave it up at that very moment.


class SnsPush:
    """A ``parley.delivery.ports.Push``."""

    def __init__(self, client: "SNSClient", threads: Threads, applications: Mapping[Platform, str]) -> None:
        """``applications`` holds the platform applications' ARNs. Registering needs them; sending does not."""
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
            if _says_gone(error):
                return Delivery.GONE
            return Delivery.LATER if errors.is_transient(error) else Delivery.REFUSED
        except BotoCoreError:
            return Delivery.LATER
        return Delivery.DONE

    def register(self, platform: Platform, token: str, known: str | None) -> str:
        """Look the endpoint up, and create or enable it. This is the published algorithm, except that an endpoint is
        never given another token.

        Source: Amazon SNS developer guide, "Creating a platform endpoint and managing device tokens". User ids are kept
        out of ``CustomUserData``, because a token that moves to another user must find its endpoint again.
        """
        application = self._applications.get(platform)
        if not application:
            raise BadRequest(f"pushes through {platform} are not set up here")
        with errors.translated():
            if known and self._enable(known, token):
                return known
            for _ in range(_ATTEMPTS):
                endpoint = self._create(application, token)
                if self._enable(endpoint):
                    return endpoint
        raise Unavailable("the endpoint is deleted as often as it is made", retry_after=errors.RETRY_AFTER)

    def dead(self, endpoint: str) -> bool:
        with errors.translated():
            found = self._attributes(endpoint)
        return found is None or not _enabled(found)

    def forget(self, endpoint: str) -> bool:
        try:
            self._client.delete_endpoint(EndpointArn=endpoint)
        except (ClientError, BotoCoreError) as error:
            return isinstance(error, ClientError) and errors.code_of(error) in _NOT_FOUND
        return True

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

    def _enable(self, endpoint: str, token: str = "") -> bool:
        """Enable an endpoint. Returns whether it exists, and belongs to the token if one is given."""
        found = self._attributes(endpoint)
        if found is None or (token and found.get("Token") != token):
            return False
        if not _enabled(found):
            try:
                self._client.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "true"})
            except ClientError as error:
                if errors.code_of(error) not in _NOT_FOUND:
                    raise
                return False
        return True

    def _attributes(self, endpoint: str) -> Mapping[str, str] | None:
        """What SNS says about an endpoint; None if it is gone."""
        try:
            return self._client.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"]
        except ClientError as error:
            if errors.code_of(error) not in _NOT_FOUND:
                raise
            return None


def _says_gone(error: ClientError) -> bool:
    """Whether a publish failed because its endpoint is disabled or deleted."""
    code = errors.code_of(error)
    return code in _DEAD or (code in _INVALID and _NO_ENDPOINT in str(error))


def _enabled(attributes: Mapping[str, str]) -> bool:
    return str(attributes.get("Enabled")).lower() == "true"
