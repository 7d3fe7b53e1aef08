"""``/media``: forms with which clients upload to S3, and links to what has been uploaded."""

import secrets
from collections.abc import Callable
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel, Field

from parley.chat import fields
from parley.chat.conversations import CONVERSATION_PATTERN
from parley.chat.model import PROFILE, MediaState
from parley.core.ids import ULID_PATTERN
from parley.media import links, model, uploads
from parley.media.resource import Ports
from parley.runtime.telemetry import Telemetry
from rest.caller import Caller
from rest.fields import Closed
from rest.problems import responses

_END = r"(?!\n)"
MediaId = Annotated[str, Path(pattern=ULID_PATTERN.removesuffix(_END), description="a media id")]
_WITHIN = f"^({PROFILE}|" + CONVERSATION_PATTERN.removesuffix(_END).removeprefix("^").removesuffix("$") + ")$"


class File(Closed):
    """What is to be uploaded: its true type, its exact size, and its checksum."""

    type: model.Type
    size: Annotated[int, Field(ge=1, le=fields.MAX_SEQ, strict=True, description="bytes; the type sets the limit")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    within: Annotated[str, Field(pattern=_WITHIN, max_length=160, description="a conversation's id, or `profile`")]


class Upload(BaseModel):
    """Where to post the file, as `multipart/form-data`: these fields unchanged, and then `file`."""

    media: str = Field(description="the id by which messages and profiles refer to it")
    url: str
    fields: dict[str, str]
    expires: int = Field(description="the time by which the upload must have begun, in ms")


class Media(BaseModel):
    """An upload and its links. A link works for anyone who has it until `expires`; after that, ask again."""

    media: str
    state: MediaState
    type: str
    size: int
    sha256: str
    within: str = Field(description="the conversation that it is for, or `profile`")
    owner: str
    created: int
    reason: str = Field("", description="why it was refused")
    width: int = Field(0, description="of an image as it is shown, in pixels; otherwise 0")
    height: int = 0
    url: str = Field("", description="a link to the file while it is ready; otherwise empty")
    thumbnail: str = Field("", description="a link to a small WebP of an image; otherwise empty")
    expires: int = Field(0, description="when the links expire, in ms; 0 if there are none")


def router(ports: Ports, telemetry: Telemetry, clock: Callable[[], int]) -> APIGatewayHttpRouter:
    """The routes."""
    routes = APIGatewayHttpRouter()
    refusals = ("not_found", "blocked", "too_large", "rate_limited")

    @routes.post("/media", tags=["media"], responses=responses(Upload, *refusals, status=201))
    def begin_upload(caller: Caller, file: File) -> Response[Upload]:
        """Allow an upload of exactly this file.

        It is for a conversation in which the caller may write, or for their own profile. The file is verified once it
        has been uploaded, and a `media` frame tells its owner. If nothing refers to it within a day, it is removed some
        days later.
        """
        now = clock()
        wanted = uploads.Wanted(type=file.type, size=file.size, sha256=file.sha256, scope=file.within)
        media, form = uploads.begin(wanted, caller, now, secrets.randbits(80), ports.uploading, ports.rules)
        telemetry.count(Uploads=1)
        body = Upload(media=media.id, url=form.url, fields=form.fields, expires=now + model.FORM_S * 1000)
        return Response(status_code=201, content_type="application/json", body=body)

    described = responses(Media, "not_found")
    described[202] = {**described[200], "description": "In the archive: being restored, which takes hours."}

    @routes.get("/media/<media>", tags=["media"], responses=described)
    def read_media(caller: Caller, media: MediaId) -> Response[Media]:
        """Read an upload and its links, if the caller may see it.

        The members of its conversation may see it, or anyone who may see the profile. If it is in the archive, the
        status is 202 and its restoration begins; a `media` frame, or a push, says when it is back.
        """
        shown = links.show(caller, media, clock(), ports.showing)
        status = 202 if shown.media.state == "restoring" else 200
        return Response(status_code=status, content_type="application/json", body=_media(shown))

    return routes


def _media(shown: links.Shown) -> Media:
    of = shown.media
    return Media(
        media=of.id,
        state=of.state,
        type=of.type,
        size=of.size,
        sha256=of.sha256,
        within=of.scope,
        owner=of.owner,
        created=of.created,
        reason=of.reason,
        width=of.width,
        height=of.height,
        url=shown.url,
        thumbnail=shown.thumbnail,
        expires=shown.expires,
    )
