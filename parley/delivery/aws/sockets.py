"""Live sockets through API Gateway's connections API."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from parley.core.aws import errors
from parley.core.aws.threads import Threads
from parley.delivery.events import Event, encode
from parley.delivery.ports import Delivery

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

_ATTEMPTS = 2
# After a fault on the way we try once more, but not for a slow reader (429): the stream worker tries it again later.
_DEAD = frozenset({400, 410})
# HTTP status codes: 410 is a closed connection, and 400 an id that never was one. 403 is not among them: it means that
# we lack a permission.


class GatewaySockets:
    """A ``parley.delivery.ports.Sockets``."""

    def __init__(self, client: "ApiGatewayManagementApiClient", threads: Threads) -> None:
        self._client = client
        self._threads = threads

    def post(self, connections: Sequence[str], event: Event) -> list[Delivery]:
        frame = encode(event)
        return self._threads.each(lambda connection: self._post(connection, frame), connections)

    def close(self, connections: Sequence[str]) -> list[Delivery]:
        return self._threads.each(self._close, connections)

    def _post(self, connection: str, frame: bytes) -> Delivery:
        for _ in range(_ATTEMPTS):
            try:
                self._client.post_to_connection(ConnectionId=connection, Data=frame)
            except ClientError as error:
                if errors.status_of(error) in _DEAD:
                    return Delivery.GONE
                if not errors.is_transient(error):
                    return Delivery.REFUSED
                if errors.is_throttle(error):
                    return Delivery.LATER
            except BotoCoreError:
                continue
            else:
                return Delivery.DONE
        return Delivery.LATER

    def _close(self, connection: str) -> Delivery:
        try:
            self._client.delete_connection(ConnectionId=connection)
        except ClientError as error:
            return Delivery.GONE if errors.status_of(error) in _DEAD else Delivery.LATER
        except BotoCoreError:
            return Delivery.LATER
        return Delivery.GONE
