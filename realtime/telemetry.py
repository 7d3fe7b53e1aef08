"""What an operator sees: one structured line and one set of metrics an invocation. No token, no message text."""

import traceback
from typing import IO, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from chat.fanout import Posted


class Telemetry:
    """Powertools' Logger and Metrics (EMF), with the names this service uses.

    Metrics: Sends, Deliveries, Redeliveries, Pushes, GoneConnections, ForgottenEndpoints, Undelivered,
    Conflicts, Connects, and Refusals by ``code``.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        """``stream`` takes the lines in place of standard output; metrics always go there."""
        self._log = Logger(stream=stream, location=None)  # a location would be this file, on every line
        self._metrics = Metrics()

    def correlate(self, **keys: Any) -> None:
        """Put these keys, and no older ones, on every line from here."""
        self._log.clear_state()
        self._log.append_keys(**keys)

    def line(self, message: str, **fields: Any) -> None:
        self._log.info(message, extra=fields)

    def refused(self, code: str, message: str) -> None:
        """A client was refused: by its code, as a line and as a metric."""
        self._log.info("refused", extra={"code": code, "reason": message})
        self._metrics.add_dimension(name="code", value=code)
        self.count(Refusals=1)

    def failed(self, error: BaseException) -> None:
        """Something nobody foresaw. Where it happened, and not what it said: that may hold what users wrote."""
        response = getattr(error, "response", None)  # botocore's ClientError, which not every function loads
        code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
        self._log.error(
            "failed",
            extra={"error": type(error).__name__, "aws": code, "where": traceback.format_tb(error.__traceback__)},
        )

    def posted(self, posted: Posted, *, again: bool = False) -> dict[str, int]:
        """A fan-out, as metrics to ``count``."""
        name = "Redeliveries" if again else "Deliveries"
        return {name: posted.done, "GoneConnections": posted.gone, "Undelivered": posted.later}

    def count(self, **counts: int) -> None:
        """Emit these metrics; zeros are left out."""
        some = False
        for name, value in counts.items():
            if value:
                self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
                some = True
        if some:
            self._metrics.flush_metrics()
