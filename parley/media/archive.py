"""Archive: media that nobody has fetched for half a year are archived, and come back when somebody asks for them."""

from msgspec import Struct
from msgspec.structs import replace

from parley.chat.model import MediaState
from parley.core.writes import Occupied, Stored
from parley.media import media_events
from parley.media.model import Media, id_of
from parley.media.ports import MediaRegistry


class Ports(Struct, frozen=True):
    """What handling the archive's events needs from the world."""

    registry: MediaRegistry
    media_news: media_events.Ports


def archived(key: str, now: int, ports: Ports) -> Media | None:
    """Note that the store has archived an object, or that a restored copy has expired."""
    media = _known(key, ports)
    if media is None or media.state not in {"ready", "restoring"}:
        return None
    state: MediaState = "archived"
    away = replace(media, state=state)
    return away if isinstance(ports.registry.settle(media, away, now), Stored) else None


def restored(key: str, now: int, ports: Ports) -> Media | None:
    """Note that an object is back, and tell everyone who has asked for it."""
    media = _known(key, ports)
    return back(media.id, now, ports) if media else None


def back(media_id: str, now: int, ports: Ports, looking: str = "") -> Media | None:
    """Note that media were found to be out of the archive, and tell those who wait. Returns None if that is not new.

    Those who wait stay on the list until they have been told, so whatever fails here, the next caller does it again.
    ``looking`` is a user who is looking at the media at this moment.
    """
    media = ports.registry.restored(media_id)
    if isinstance(media, Occupied):
        return None
    if media.waiting:
        media_events.announce(media.waiting, media, now, ports.media_news, looking)
        ports.registry.told(media)
    return media


def _known(key: str, ports: Ports) -> Media | None:
    media_id = id_of(key)
    media = ports.registry.media(media_id) if media_id else None
    return media if media and media.key == key else None
