"""The bytes of media on S3, in a bucket of Intelligent-Tiering objects.

Sources: "POST Policy" and "POST Object" in the Amazon S3 API reference; "Restoring an archived object" and
"Managing S3 Intelligent-Tiering" in its user guide.
"""

import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parley.core.aws import errors
from parley.core.errors import NotFound
from parley.media.model import Form, Media, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BEGINNING = 8192
_CHUNK = 1024 * 1024
_RESTORED_DAYS = 7
# For how many days a restored copy stays, if a lifecycle rule has put the object into Glacier. An object in
# Intelligent-Tiering comes back for good, and the request to restore it must not name a number of days.
_GLACIER = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_CLASS = "INTELLIGENT_TIERING"


class S3Objects:
    """A ``parley.media.ports.Objects``. Its client takes a long time to make, so it is made only when needed."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def form(self, media: Media, seconds: int) -> Form:
        """Every field is fixed, so S3 itself refuses any other key, type, size or content."""
        fields = {
            "Content-Type": media.type,
            "x-amz-checksum-algorithm": "SHA256",
            "x-amz-checksum-sha256": b64encode(bytes.fromhex(media.sha256)).decode(),
            "x-amz-storage-class": _CLASS,
        }
        conditions: list[Any] = [{name: value} for name, value in fields.items()]
        conditions.append(["content-length-range", media.size, media.size])
        made = self._client().generate_presigned_post(
            Bucket=self._bucket, Key=media.key, Fields=dict(fields), Conditions=conditions, ExpiresIn=seconds
        )
        return Form(url=made["url"], fields=made["fields"])

    def stored(self, key: str) -> StoredObject | None:
        """The checksum is the one that S3 has verified, as it does for uploads by form. If S3 has none, the checksum is
        computed from the bytes.
        """
        try:
            with errors.translated():
                head = self._client().head_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if errors.code_of(error) in _MISSING:
                return None
            raise
        checksum = head.get("ChecksumSHA256")
        digest = b64decode(checksum).hex() if checksum else self._digest(key)
        return StoredObject(head["ContentLength"], digest)

    def _digest(self, key: str) -> str:
        made = sha256()
        with errors.translated():
            body = self._client().get_object(Bucket=self._bucket, Key=key)["Body"]
            for chunk in body.iter_chunks(_CHUNK):
                made.update(chunk)
        return made.hexdigest()

    def beginning(self, key: str) -> bytes:
        return self._bytes(key, Range=f"bytes=0-{_BEGINNING - 1}")

    def read(self, key: str) -> bytes:
        return self._bytes(key)

    def _bytes(self, key: str, **part: Any) -> bytes:
        try:
            with errors.translated():
                return self._client().get_object(Bucket=self._bucket, Key=key, **part)["Body"].read()
        except ClientError as error:
            if errors.code_of(error) in _MISSING:
                raise NotFound("no such object") from error
            if errors.code_of(error) == "InvalidRange":
                return b""  # an empty object has no range
            raise

    def put_thumbnail(self, key: str, webp: bytes) -> None:
        # The thumbnail is in standard storage: it stays there when the image itself is archived.
        with errors.translated():
            self._client().put_object(Bucket=self._bucket, Key=key, Body=webp, ContentType="image/webp")

    def remove(self, *keys: str) -> None:
        for key in keys:
            with errors.translated():
                self._client().delete_object(Bucket=self._bucket, Key=key)

    def restore(self, key: str) -> bool:
        with errors.translated():
            head = self._client().head_object(Bucket=self._bucket, Key=key)
        glacier = head.get("StorageClass") in _GLACIER
        under_way = head.get("Restore")
        if under_way:
            return 'ongoing-request="true"' in under_way
        if not glacier and not head.get("ArchiveStatus"):
            return False
        request: Any = {"GlacierJobParameters": {"Tier": "Standard"}}
        if glacier:
            request["Days"] = _RESTORED_DAYS
        return _unless_racing(
            lambda: self._client().restore_object(Bucket=self._bucket, Key=key, RestoreRequest=request)
        )


class S3Links:
    """A ``parley.media.ports.Links`` on the bucket itself."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def link(self, key: str, until: int) -> str:
        seconds = max(int(until / 1000 - time.time()), 1)
        return self._client().generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )


def _unless_racing(call: Callable[[], object]) -> bool:
    """Call, and return whether the object is being restored, by this call or by another one just before it."""
    try:
        with errors.translated():
            call()
    except ClientError as error:
        if errors.code_of(error) == "RestoreAlreadyInProgress":
            return True
        if errors.code_of(error) == "ObjectAlreadyInActiveTierError":
            return False
        raise
    return True
