"""A form's fields after its file are ignored, as at S3, so that a form that works here works there too.

This is number 23 in ``infra.local.workarounds``. Source: "Browser-based uploads using POST" in the S3 user guide: the
file "must be the last field in the form", and S3 ignores whatever follows it.
"""

import importlib
from typing import Any


def teach() -> None:
    """Add this to the emulator in this process."""
    s3: Any = importlib.import_module("ministack.services.s3")
    parse = s3._parse_multipart_form

    def parsing(content_type: str, body: bytes) -> Any:
        parts = parse(content_type, body)
        files = [index for index, part in enumerate(parts or ()) if part[0] == "file"]
        return parts[: files[0] + 1] if files else parts

    s3._parse_multipart_form = parsing
