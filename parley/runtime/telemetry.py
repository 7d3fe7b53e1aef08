"""What an operator sees: one line per invocation, with its counts and with whom it was for.

CloudWatch makes metrics of the counts, by the filters in ``infra/templates/logs.yaml``. There are more lines only if
something was refused or failed, or if the log level is DEBUG. At CloudWatch's price, a second line for every message
would cost more than storing the message. No line contains a token or a message text.
"""

import logging
import sys
import traceback
from typing import IO, Any, Self

import msgspec
from aws_lambda_powertools import Logger

from parley.delivery.fanout import FanoutResult

METRICS = frozenset({
    "Connects", "Disconnects", "Sends", "Repeats", "Conflicts", "Deliveries", "Redeliveries", "GoneConnections",
    "Undelivered", "Marks", "Syncs", "Typing", "Presence", "Notified", "Late", "NotifyFailures", "Pushes",
    "PushesRefused", "ForgottenEndpoints", "Enrolments", "Requests", "Registrations", "Blocks", "Reports", "Exports",
    "Uploads", "MediaReady", "MediaRefused", "MediaArchived", "MediaRepeats", "MediaCollected",
    "CollectFailures", "AccountsCut", "AccountsErased", "AccountsUnfinished", "ErasureFailures", "EndpointsLeft",
    "Failures", "MigrationsAllowed", "MigrationsRefused", "MigrationsOverran", "Recorded",
    "RecordFailures", "CanaryDelivered", "CanaryFailures", "CanaryAckMs", "CanaryDeliveryMs",
})  # fmt: skip
"""The metrics without a dimension, all of them counts but for the canary's two in milliseconds. ``Refusals`` has the
dimension ``code``. A metric that is not in ``infra/templates/logs.yaml`` as well does not exist on AWS, and a test
compares the two.

``Requests`` are HTTP's, ``Registrations`` are of devices for pushes, ``EndpointsLeft`` are not deleted yet,
``MigrationsOverran`` took longer than an answer to a legacy user should, ``Recorded`` are events for analytics, and
``Late`` are entries that were neither confirmed nor offered again within ``parley.chat.effects.settings.WITHIN_MS``.
"""


class Telemetry:
    """Powertools' Logger, and lines of counts with the names that this service uses (``METRICS``)."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        """``stream`` takes the log's lines instead of standard output, to which lines of counts always go."""
        self._log = Logger(stream=stream, location=None)  # a location would be this file on every line
        self._keys: dict[str, Any] = {}
        self._tallied: dict[str, int] = {}

    @classmethod
    def start(cls) -> Self:
        """Return a function's telemetry, and keep every library's lines below WARNING out of the log from now on.

        With a log level of DEBUG, Lambda's runtime client sets the root logger to it, and then botocore logs each
        request and its response: message texts, session tokens, and the private key that signs links. Our own logger
        has its own level. A function calls this before anything else, because making a client already logs.
        """
        logging.getLogger().setLevel(logging.WARNING)
        return cls()

    def correlate(self, **keys: Any) -> None:
        """Put these keys, and none of the earlier ones, on every line from now on: connection, client id and others."""
        self._keys = keys

    def detail(self, message: str, **fields: Any) -> None:
        """Write a line for debugging."""
        self._log.debug(message, extra={**self._keys, **fields})

    def refused(self, code: str, **fields: Any) -> None:
        """Record, as a line and as a metric by code, that a client was refused. ``fields`` must not contain anything
        that the client wrote.
        """
        self._log.info("refused", extra={**self._keys, "code": code, **fields})
        self._write({**self._keys, "code": code}, {"Refusals": 1})

    def failed(self, error: BaseException, code: str = "") -> None:
        """Record an unforeseen error, as a line and as the metric Failures: where it happened, but not its message,
        which may contain what users wrote. ``code`` is what a client was told, if there is one; it counts as refused.
        """
        response = getattr(error, "response", None)  # botocore's ClientError, which not every function loads
        aws = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
        where = traceback.format_tb(error.__traceback__)
        counts: dict[str, Any] = {"Failures": 1, **({"code": code, "Refusals": 1} if code else {})}
        about = {"error": type(error).__name__, "aws": aws, "where": where}
        self._log.error("failed", extra={**self._keys, **about, **counts})

    def posted(self, posted: FanoutResult, *, again: bool = False) -> dict[str, int]:
        """The result of a fan-out, as metrics for ``count``."""
        name = "Redeliveries" if again else "Deliveries"
        return {name: posted.done, "GoneConnections": posted.gone, "Undelivered": posted.later}

    def tally(self, **counts: int) -> None:
        """Write these counts with the next ones, on one line."""
        self._tallied |= counts

    def count(self, **counts: int) -> None:
        """Write these counts, with the correlation keys beside them. Zeros are left out."""
        self._write(self._keys, counts)

    def _write(self, beside: dict[str, Any], counts: dict[str, int]) -> None:
        some = {name: value for name, value in {**self._tallied, **counts}.items() if value}
        self._tallied = {}
        if some:
            sys.stdout.write(msgspec.json.encode({**beside, **some}).decode() + "\n")
