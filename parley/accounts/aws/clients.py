"""boto3 clients that only accounts need, made once per process."""

from typing import TYPE_CHECKING

from botocore.config import Config

from parley.core.aws import sessions

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client


def functions() -> "LambdaClient":
    """The client that starts work for which nobody waits."""
    return sessions.shared().client("lambda", config=_config(read_timeout=5))


def s3() -> "S3Client":
    """The client for users' own files. A part of an archive may take a long time."""
    return sessions.shared().client("s3", config=_config(read_timeout=60, signature_version="s3v4"))


def _config(**more: object) -> Config:
    return Config(connect_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}, **more)  # type: ignore[arg-type]
