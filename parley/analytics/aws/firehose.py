"""Events to Firehose: many in one record, because each record is billed as a multiple of 5 KB.

Documents follow each other without being an array, which is the form that Firehose's conversion to Parquet takes
("Convert input data format" in the Firehose developer guide). Limits: 1,000 KiB a record, 500 records and 4 MiB a call
("Amazon Data Firehose quota").
"""

import random
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from parley.analytics.model import Event
from parley.core.aws import errors
from parley.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient

RECORD = 1000 * 1024
CALL_RECORDS = 4
"""So many of the largest records fit a call."""
_ATTEMPTS = 4
_FIRST_PAUSE = 0.1
# In seconds; it doubles with every attempt, with full jitter.


class FirehoseSink:
    """A ``parley.analytics.ports.Sink``."""

    def __init__(self, client: "FirehoseClient", stream: str) -> None:
        self._client = client
        self._stream = stream

    def put(self, events: Sequence[Event]) -> None:
        records = list(packed(events))
        for first in range(0, len(records), CALL_RECORDS):
            self._put(records[first : first + CALL_RECORDS])

    def _put(self, records: list[bytes]) -> None:
        pause = _FIRST_PAUSE
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(random.uniform(0, pause))  # noqa: S311  (jitter is no secret)
                pause *= 2
            with errors.translated():
                answer = self._client.put_record_batch(
                    DeliveryStreamName=self._stream, Records=[{"Data": data} for data in records]
                )
            if not answer["FailedPutCount"]:
                return
            told = answer["RequestResponses"]
            records = [data for data, response in zip(records, told, strict=True) if "ErrorCode" in response]
        raise Unavailable("the service is busy", retry_after=errors.RETRY_AFTER)


def packed(events: Sequence[Event], most: int = RECORD) -> Iterator[bytes]:
    """The events as JSON documents, one a line, in records of at most ``most`` bytes."""
    lines: list[bytes] = []
    size = 0
    for event in events:
        line = msgspec.json.encode(event) + b"\n"
        if size + len(line) > most and lines:
            yield b"".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield b"".join(lines)
