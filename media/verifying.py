"""Verify: what has been uploaded is what it was said to be, or it is removed. Driven by the store's own events."""

import filetype
from msgspec import Struct
from msgspec.structs import replace

from chat.errors import BadRequest
from media import telling
from media.model import Media, Picture, Stored, id_of
from media.ports import Images, Objects, Register


class Ports(Struct, frozen=True):
    """What verifying needs from the world; ``images`` only where there are some."""

    register: Register
    objects: Objects
    telling: telling.Ports
    images: Images | None = None


def verify(key: str, now: int, ports: Ports) -> Media | None:
    """Make an upload ``ready`` or ``refused``, and tell its owner; None where there was nothing to decide.

    An object that nobody was allowed to upload, or whose upload was refused before, is removed. An event that comes
    again changes nothing, and neither does the same file uploaded again; another in its place is refused.

    Raises:
        Unavailable: nothing is decided; the event will come again.
    """
    media_id = id_of(key)
    media = ports.register.media(media_id) if media_id else None
    if media is None or media.key != key or media.state in {"refused", "removed"}:
        ports.objects.remove(key)
        return None
    if media.state in {"archived", "restoring"}:
        return None  # an old event, or an operator's copy: it was verified long ago, and cannot be read now
    stored = ports.objects.stored(key)
    if stored is None:
        return None
    settled = _judged(media, stored, ports)
    if settled == media or not ports.register.settle(media, settled, now):
        return None
    if settled.state == "refused":
        # Marked first: should we die in between, the event comes again, and finds what to remove.
        ports.objects.remove(media.key, media.thumbnail_key)
    telling.tell([media.owner], settled, now, ports.telling)
    return settled


def _judged(media: Media, stored: Stored, ports: Ports) -> Media:
    fault = _fault(media, stored)
    if fault:
        return replace(media, state="refused", reason=fault)
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
    """What is not as it was said, if anything. The store has checked size and checksum too, where it checks them."""
    if stored.size != media.size:
        return f"it has {stored.size} bytes, and not {media.size}"
    if stored.sha256 != media.sha256:
        return "its SHA-256 is another"
    found = filetype.guess_mime(stored.beginning)
    return "" if found == media.type else f"these are not the bytes of {media.type}"
