"""The packs on S3, in a bucket whose life cycle moves them to Glacier.

Sources: "Restoring an archived object", "GetObject" and "RestoreObject" in the Amazon S3 documentation.
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from parley.archive.model import Segment
from parley.core.aws import errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_RESTORED_DAYS = 7
# For how many days a restored copy can be read. It is billed as standard storage, beside the archived object.
_PREFIX = "packs/"


class S3Packs:
    """A ``parley.archive.ports.Packs``. Its client takes a long time to make, so it is made only when needed."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put_pack(self, pack: str, data: bytes) -> None:
        """S3 itself refuses bytes that do not have this checksum."""
        with errors.translated():
            self._client().put_object(
                Bucket=self._bucket,
                Key=_PREFIX + pack,
                Body=data,
                ChecksumSHA256=b64encode(sha256(data).digest()).decode(),
            )

    def read(self, pack: str) -> bytes:
        with errors.translated():
            return self._client().get_object(Bucket=self._bucket, Key=_PREFIX + pack)["Body"].read()

    def part(self, segment: Segment) -> bytes | None:
        end = segment.offset + segment.length - 1
        try:
            with errors.translated():
                found = self._client().get_object(
                    Bucket=self._bucket, Key=_PREFIX + segment.pack, Range=f"bytes={segment.offset}-{end}"
                )
                return found["Body"].read()
        except ClientError as error:
            if errors.code_of(error) == "InvalidObjectState":
                return None
            raise

    def restore(self, pack: str) -> bool:
        key = _PREFIX + pack
        with errors.translated():
            under_way = self._client().head_object(Bucket=self._bucket, Key=key).get("Restore", "")
        if under_way:
            return 'ongoing-request="true"' in under_way
        request = {"Days": _RESTORED_DAYS, "GlacierJobParameters": {"Tier": "Standard"}}
        try:
            with errors.translated():
                self._client().restore_object(Bucket=self._bucket, Key=key, RestoreRequest=request)  # type: ignore[arg-type]
        except ClientError as error:
            if errors.code_of(error) == "RestoreAlreadyInProgress":
                return True
            if errors.code_of(error) == "InvalidObjectState":  # the life cycle has not moved it yet
                return False
            raise
        return True


def pack_of(key: str) -> str:
    """The pack that an object's key names; empty if it is no pack's."""
    return key.removeprefix(_PREFIX) if key.startswith(_PREFIX) else ""
