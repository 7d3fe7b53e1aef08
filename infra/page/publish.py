"""Upload the page's files: those that are named by their content first, and what refers to them last.

What keeps its name is ``no-cache``: a browser asks each time whether it has changed, and CloudFront does so after a
second (``infra/templates/page.yaml``), so that nothing has to be invalidated. Files of earlier deployments stay,
because tabs that are open may ask for them.
"""

import html
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from infra.deploy.stacks import Target, described
from infra.local import client_settings
from infra.local.gateway.web.static import media_type, security_headers
from infra.page.build import Page

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "PageBucket"
"""The output of the stack that names the bucket. It is there while the page is on."""
FOR_GOOD = "public, max-age=31536000, immutable"
FRESH = "no-cache"
_HTML = "text/html; charset=utf-8"
_CHARSET = '<meta charset="utf-8">'
_NARROWED = ("connect-src", "img-src", "media-src")
"""What the header of ``infra/templates/page.yaml`` must leave wider than the local server does."""


class Object(NamedTuple):
    """A file as it is stored."""

    key: str
    body: bytes
    type: str
    cache: str


def publish(s3: "S3Client", outputs: Mapping[str, str], page: Page) -> int:
    """Upload the page to the stack's bucket, and return how many files it has."""
    files = list(objects(page, outputs))
    for file in files:
        s3.put_object(
            Bucket=outputs[BUCKET], Key=file.key, Body=file.body, ContentType=file.type, CacheControl=file.cache
        )
    return len(files)


def bucket_of(target: Target, stack: str) -> str | None:
    """Return the bucket of the page that the stack serves now, or None if it serves none."""
    found = described(target, stack)
    told = found.get("Outputs", []) if found else []
    return next((output["OutputValue"] for output in told if output["OutputKey"] == BUCKET), None)


def objects(page: Page, outputs: Mapping[str, str]) -> Iterator[Object]:
    """Yield the page's files for a stack, in the order in which they are uploaded."""
    for key, body in page.hashed.items():
        yield Object(key, body, media_type(Path(key)), FOR_GOOD)
    for key, body in page.modules.items():
        yield Object(key, body, media_type(Path(key)), FRESH)
    yield Object("settings.json", client_settings.as_json(settings(outputs)).encode(), "application/json", FRESH)
    policy = _policy(outputs)
    for key, document in page.documents.items():
        yield Object(key, _with(policy, document).encode(), _HTML, FRESH)


def settings(outputs: Mapping[str, str]) -> dict[str, str | None]:
    """Return what an app needs to connect, from the outputs of the stack (docs/local.md, "Settings")."""
    known = client_settings.collect(outputs, outputs["PageUrl"], outputs["WebSocketUrl"], outputs["HttpUrl"], "")
    return {**known, "cognitoUrl": None, "s3Url": None}


def _policy(outputs: Mapping[str, str]) -> str:
    """Return the policy that names exactly the addresses that the page's scripts talk to and its media come from."""
    bucket, region = outputs["MediaBucket"], outputs["Region"]
    uploads = (f"https://{bucket}.s3.amazonaws.com", f"https://{bucket}.s3.{region}.amazonaws.com")
    media = (outputs["MediaUrl"],) if "MediaUrl" in outputs else uploads
    asked = (
        outputs["WebSocketUrl"],
        outputs["HttpUrl"],
        f"https://cognito-idp.{region}.amazonaws.com",
        *uploads,
        *media,
    )
    origins = tuple(dict.fromkeys("/".join(url.split("/")[:3]) for url in asked))
    whole = security_headers(" ".join(media), origins)
    parts = whole["content-security-policy"].split("; ")
    return "; ".join(part for part in parts if part.partition(" ")[0] in _NARROWED)


def _with(policy: str, document: str) -> str:
    """Return an HTML file that holds the policy, before anything that it concerns."""
    before, charset, after = document.partition(_CHARSET)
    tag = f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy, quote=True)}">'
    return f"{before}{charset}\n  {tag}{after}"
