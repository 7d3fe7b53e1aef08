"""Users' own files, and archives about them, in one S3 bucket: ``files/<user>/…`` and ``exports/<user>/…``."""

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from parley.core.aws import errors
from parley.core.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_ODD = 100
"""The most files that are removed one by one in one step of a user's erasure."""


class S3Files:
    """A ``parley.accounts.ports.Files``. Its client takes a long time to make, so it is made only when needed."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def erase(self, user: str) -> bool:
        for prefix in (f"files/{user}/", f"exports/{user}/"):
            keys = [key for key, _ in self._page(prefix, "")[0]]
            if keys:
                self._remove_some(keys)
                return True
        return False

    def _remove_some(self, keys: list[str]) -> None:
        plain: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in keys if key.isprintable()]
        if plain:
            with errors.translated():
                answer = self._client().delete_objects(Bucket=self._bucket, Delete={"Objects": plain, "Quiet": True})
            if answer.get("Errors"):
                raise Unavailable("some files could not be removed", retry_after=errors.RETRY_AFTER)
        # The body of DeleteObjects is XML, which cannot express every key that S3 accepts. Such keys are removed one by
        # one, by their address.
        for key in [key for key in keys if not key.isprintable()][:_ODD]:
            self.remove(key)

    def listed(self, user: str) -> Iterator[tuple[str, int]]:
        prefix, after, more = f"files/{user}/", "", True
        while more:
            page, more = self._page(prefix, after)
            yield from ((key[len(prefix) :], size) for key, size in page)
            after = page[-1][0] if page else after

    def archive(self, key: str, parts: Iterable[tuple[str, Iterable[bytes]]]) -> int:
        with tempfile.TemporaryFile() as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in parts:
                    with archive.open(name, "w", force_zip64=True) as part:
                        for piece in data:
                            part.write(piece)
            size = file.tell()
            file.seek(0)
            with errors.translated():
                self._client().put_object(Bucket=self._bucket, Key=key, Body=file, ContentType="application/zip")
        return size

    def remove(self, key: str) -> None:
        with errors.translated():
            self._client().delete_object(Bucket=self._bucket, Key=key)

    def link(self, key: str, seconds: int) -> str:
        asked = {"Bucket": self._bucket, "Key": key}
        return self._client().generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)

    def _page(self, prefix: str, after: str) -> tuple[list[tuple[str, int]], bool]:
        with errors.translated():
            page = self._client().list_objects_v2(Bucket=self._bucket, Prefix=prefix, StartAfter=after)
        return [(o["Key"], o["Size"]) for o in page.get("Contents", [])], page["IsTruncated"]
