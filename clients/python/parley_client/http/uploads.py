"""Posting files to S3, with a form that the HTTP API issued for exactly one file."""

import hashlib
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import httpx

from parley_client.http.addresses import is_loopback
from parley_client.http.problems import Problem, RestError, Unreachable, describe_failure

Progress = Callable[[int, int], None]
"""Called with the number of bytes sent and the total."""

_TIMEOUT = httpx.Timeout(60.0)
_NAME = "file"  # the local name is not revealed


class UploadRefused(RestError):
    """The file is not what it was announced to be, or came too late."""


def kind(path: Path) -> str:
    """A file's type, told from its name.

    Raises:
        ValueError: it cannot be told from the name.
    """
    guessed = mimetypes.guess_type(path.name)[0]
    if guessed is None:
        raise ValueError(f"what kind of file is {path.name}? Its name does not tell")
    return guessed


def sha256(path: Path) -> str:
    """A file's checksum, in hexadecimal. This blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def post(
    url: str,
    form: dict[str, str],
    path: Path,
    progress: Progress,
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """Post a file, with the form's fields before it.

    Raises:
        UploadRefused: S3 does not accept it.
        Unreachable: it did not reach S3.
    """
    with path.open("rb") as file:
        counted = _Counted(file, path.stat().st_size, progress)
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT, transport=transport, trust_env=not is_loopback(url)) as http:
                sent = (_NAME, cast(BinaryIO, counted), form["Content-Type"])
                answer = await http.post(url, data=form, files={"file": sent})
        except httpx.TransportError as error:
            raise Unreachable(f"the file did not get there: {describe_failure(error)}") from None
    if answer.status_code >= 500:
        raise Problem(answer.status_code, None)
    if not answer.is_success:
        raise UploadRefused(f"the store refuses the file (HTTP {answer.status_code})")


class _Counted:
    """A file that reports how much of it has been read."""

    def __init__(self, file: BinaryIO, size: int, progress: Progress) -> None:
        self._file, self._size, self._progress = file, size, progress
        self.seek, self.tell, self.fileno = file.seek, file.tell, file.fileno

    def read(self, size: int) -> bytes:
        part = self._file.read(size)
        self._progress(self._file.tell(), self._size)
        return part
