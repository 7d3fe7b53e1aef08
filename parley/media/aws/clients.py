"""boto3 clients for media, made once per process."""

from typing import TYPE_CHECKING

from botocore.config import Config

from parley.core.aws import sessions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient


def s3() -> "S3Client":
    """The client for the bucket. Forms and links name the Region's own address. botocore would use the global one,
    which redirects for every Region except us-east-1, and an app that posts does not follow redirects.
    """
    return sessions.shared().client(
        "s3", config=_config(read_timeout=20, signature_version="s3v4", s3={"addressing_style": "virtual"})
    )


def ssm() -> "SSMClient":
    """The client that reads the key with which links are signed."""
    return sessions.shared().client("ssm", config=_config(read_timeout=5))


def _config(**more: object) -> Config:
    return Config(connect_timeout=2, retries={"mode": "standard", "total_max_attempts": 3}, **more)  # type: ignore[arg-type]
