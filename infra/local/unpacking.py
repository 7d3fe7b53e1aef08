"""Functions' code on this machine: unpacked once for each version, however many processes run it."""

import base64
import hashlib
import io
import shutil
import tempfile
import zipfile
from pathlib import Path


def name(sha256: str) -> str:
    """Return the name of the directory for code, given what Lambda calls its ``CodeSha256``."""
    return sha256.replace("/", "_").replace("=", "")


def name_of(archive: bytes) -> str:
    """Return the name of the directory for the code in a zip, which is ``name`` of its ``CodeSha256``."""
    return name(base64.b64encode(hashlib.sha256(archive).digest()).decode())


def unpack(archive: bytes, directory: Path) -> Path:
    """Unpack a zip into a directory, whole or not at all, and return the directory. Several may do it at once."""
    if directory.exists():
        return directory
    opened = zipfile.ZipFile(io.BytesIO(archive))
    made = Path(tempfile.mkdtemp(dir=directory.parent))
    try:
        opened.extractall(made)
        made.replace(directory)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        if not directory.exists():
            raise
    return directory
