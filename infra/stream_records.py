"""Records of a DynamoDB stream, as Lambda passes them to a function."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def as_event(record: Mapping[str, Any], stream_arn: str) -> dict[str, Any]:
    """Return a record that ``GetRecords`` has returned with its source, and with its time in seconds."""
    change = dict(record["dynamodb"])
    at = change.get("ApproximateCreationDateTime")
    change["ApproximateCreationDateTime"] = at.timestamp() if isinstance(at, datetime) else float(at or time.time())
    return {**record, "dynamodb": change, "eventSourceARN": stream_arn}
