"""Verify: an upload that is not what it was said to be is removed. The store's own events drive this."""

from msgspec import Struct
from msgspec.structs import replace

from parley.core.errors import BadRequest, NotFound
from parley.core.writes import Occupied
from parley.media import media_events, model
from parley.media.model import Media, Picture, StoredObject, id_of
from parley.media.ports import Images, MediaRegistry, Objects
from parley.media.sniffing import begins_as

_NOT_KEPT = frozenset({"refused", "removed"})


class Ports(Struct, frozen=True):
    """What verifying needs from the world. ``images`` is needed only where images are verified."""

    registry: MediaRegistry
    objects: Objects
    media_news: media_events.Ports
    images: Images | None = None


def verify(key: str, now: int, ports: Ports) -> Media | None:
    """Make an upload ``ready`` or ``refused``, and tell its owner. Returns None if there was nothing to decide.

    An object that nobody was allowed to upload, or whose upload was refused before, is removed. An event that comes
    again changes nothing, and neither does the same file uploaded again; in both cases the file is not read a second
    time. Another file in its place is refused.

    Raises:
        Unavailable: nothing has been decided; the event will come again.
    """
    media_id = id_of(key)
    media = ports.registry.media(media_id) if media_id else None
    if media is not None and media.key != key:
        ports.objects.remove(key)
        return None
    if media is None or media.state in _NOT_KEPT:
        # The thumbnail is removed, too: a verification that was overtaken, and then died, may have left one.
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
        return None  # it has just been removed
    if isinstance(ports.registry.settle(media, settled, now), Occupied):
        _overtaken(media, ports)
        return None
    if settled.state == "refused":
        # The upload is marked first. If we die in between, the event comes again and finds what to remove.
        ports.objects.remove(media.key, media.thumbnail_key)
    media_events.tell([media.owner], settled, now, ports.media_news)
    return settled


def _overtaken(media: Media, ports: Ports) -> None:
    """Remove the bytes, and the thumbnail that was just made, of media removed or refused in the meantime."""
    known = ports.registry.media(media.id)
    if known is None or known.state in _NOT_KEPT:
        ports.objects.remove(media.key, media.thumbnail_key)


def _judged(media: Media, ports: Ports) -> Media:
    """The verdict on an upload whose size and checksum are right, judged by its bytes."""
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


def _fault(media: Media, stored: StoredObject) -> str:
    """What differs from what the client said, if anything. It is judged by what the store says; no bytes are read."""
    if stored.size != media.size:
        return f"it has {stored.size} bytes, and not {media.size}"
    return "" if stored.sha256 == media.sha256 else "its SHA-256 is another"
