"""Verify: what has been uploaded is what it was said to be, or it is removed. Driven by the store's own events."""

from msgspec import Struct
from msgspec.structs import replace

from parley.core.errors import BadRequest, NotFound
from parley.media import media_events, model
from parley.media.model import Media, Picture, Stored, id_of
from parley.media.ports import Images, MediaRegistry, Objects
from parley.media.sniffing import begins_as

_NOT_KEPT = frozenset({"refused", "removed"})


class Ports(Struct, frozen=True):
    """What verifying needs from the world; ``images`` only where there are some."""

    register: MediaRegistry
    objects: Objects
    telling: media_events.Ports
    images: Images | None = None


def verify(key: str, now: int, ports: Ports) -> Media | None:
    """Make an upload ``ready`` or ``refused``, and tell its owner; None where there was nothing to decide.

    An object that nobody was allowed to upload, or whose upload was refused before, is removed. An event that comes
    again changes nothing, and neither does the same file uploaded again, none of which is read a second time; another
    in its place is refused.

    Raises:
        Unavailable: nothing is decided; the event will come again.
    """
    media_id = id_of(key)
    media = ports.register.media(media_id) if media_id else None
    if media is not None and media.key != key:
        ports.objects.remove(key)
        return None
    if media is None or media.state in _NOT_KEPT:
        # A thumbnail too: one may have been left by a verification that was overtaken, and ended there.
        ports.objects.remove(key, *([model.thumbnail_key(media_id)] if media_id else []))
        return None
    if media.state in {"archived", "restoring"}:
        return None  # an old event, or an operator's copy: it was verified long ago, and cannot be read now
    stored = ports.objects.stored(key)
    if stored is None:
        return None
    fault = _fault(media, stored)
    if media.state == "ready" and not fault:
        return None
    try:
        settled = replace(media, state="refused", reason=fault) if fault else _judged(media, ports)
    except NotFound:
        return None  # removed just now
    if not ports.register.settle(media, settled, now):
        _overtaken(media, ports)
        return None
    if settled.state == "refused":
        # Marked first: should we die in between, the event comes again, and finds what to remove.
        ports.objects.remove(media.key, media.thumbnail_key)
    media_events.tell([media.owner], settled, now, ports.telling)
    return settled


def _overtaken(media: Media, ports: Ports) -> None:
    """Leave no bytes, and no thumbnail made just now, of what has been removed or refused in the meantime."""
    known = ports.register.media(media.id)
    if known is None or known.state in _NOT_KEPT:
        ports.objects.remove(media.key, media.thumbnail_key)


def _judged(media: Media, ports: Ports) -> Media:
    """By its bytes, of an upload whose size and checksum are right."""
    if not begins_as(media.type, ports.objects.beginning(media.key)):
        return replace(media, state="refused", reason=f"these are not the bytes of {media.type}")
    if not media.is_image:
        return replace(media, state="ready")
    assert ports.images is not None  # the template sends images to the function that has it
    try:
        picture: Picture = ports.images.picture(ports.objects.read(media.key))
    except BadRequest as error:
        return replace(media, state="refused", reason=error.message)
    ports.objects.put_thumbnail(media.thumbnail_key, picture.thumbnail)
    return replace(media, state="ready", width=picture.width, height=picture.height, thumbnail=True)


def _fault(media: Media, stored: Stored) -> str:
    """What is not as it was said, if anything, by what the store tells without being read."""
    if stored.size != media.size:
        return f"it has {stored.size} bytes, and not {media.size}"
    return "" if stored.sha256 == media.sha256 else "its SHA-256 is another"
