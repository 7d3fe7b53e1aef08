"""Quantities that AWS charges for."""

from msgspec import Struct
from msgspec.structs import asdict


class Usage(Struct, frozen=True, kw_only=True):
    """How much of everything is used by a message, a connection or a month. Each field has a price of the same name.

    GB are 10⁹ bytes, and a GB-month is one GB kept for a month.
    """

    websocket_messages: float = 0.0
    """Frames of up to 32 KB, in either direction."""
    connection_minutes: float = 0.0
    http_requests: float = 0.0
    lambda_requests: float = 0.0
    lambda_gb_seconds: float = 0.0
    write_units: float = 0.0
    read_units: float = 0.0
    table_gb_months: float = 0.0
    backup_gb_months: float = 0.0
    """Continuous backups, from which a table can be restored to a point in time."""
    log_gb: float = 0.0
    """Log lines taken in. Metrics travel in them."""
    events_gb: float = 0.0
    """Events for analytics, taken in by Firehose and converted to Parquet, each record in multiples of 5 KB."""
    metrics: float = 0.0
    """Metrics that are kept, each for a month."""
    pushes: float = 0.0
    egress_gb: float = 0.0
    """Traffic to the Internet that does not go through CloudFront."""
    users: float = 0.0
    """Users who sign in or renew a token in the month."""
    media_gb_months: float = 0.0
    media_uploads: float = 0.0
    media_transfer_gb: float = 0.0
    """Traffic out of CloudFront."""

    def __add__(self, other: "Usage") -> "Usage":
        mine, theirs = asdict(self), asdict(other)
        return Usage(**{name: mine[name] + theirs[name] for name in mine})

    def __mul__(self, factor: float) -> "Usage":
        return Usage(**{name: value * factor for name, value in asdict(self).items()})
