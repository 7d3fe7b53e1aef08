"""boto3 clients that only analytics needs, made once per process."""

from typing import TYPE_CHECKING

from botocore.config import Config

from parley.core.aws import sessions

if TYPE_CHECKING:
    from mypy_boto3_firehose import FirehoseClient


def firehose() -> "FirehoseClient":
    """The client that puts events. Up to 4 MB go with a call, and nobody waits for it."""
    config = Config(connect_timeout=2, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
    return sessions.shared().client("firehose", config=config)
