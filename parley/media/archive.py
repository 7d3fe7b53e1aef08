"""Archive: what nobody has fetched for half a year lies in the archive, and comes back when it is asked for."""

from msgspec import Struct
from msgspec.structs import replace

from parley.chat.model import MediaState
from parley.media import media_events
from parley.media.model import Media, id_of
from parley.media.ports import MediaRegistry


class Ports(Struct, frozen=True):
    """What the archive's news need from the world."""

    register: MediaRegistry
    telling: media_events.Ports


def archived(key: str, now: int, ports: Ports) -> Media | None:
    """The store has put an object away, or a restored copy's time is over."""
    media = _known(key, ports)
    if media is None or media.state not in {"ready", "restoring"}:
        return None
    state: MediaState = "archived"
    away = replace(media, state=state)
    return away if ports.register.settle(media, away, now) else None


def restored(key: str, now: int, ports: Ports) -> Media | None:
    """An object is back: whoever has asked for it is told."""
    media = _known(key, ports)
    return back(media.id, now, ports) if media else None


def back(media_id: str, now: int, ports: Ports, looking: str = "") -> Media | None:
    """Media are out of the archive, as they were found to be: who waits is told; None if that is no news.

    Those who wait are on the list until they have been told: whatever fails here, the next who comes by does it again.
    ``looking`` has them before their eyes at this moment.
    """
    media = ports.register.restored(media_id)
    if media is not None and media.waiting:
        media_events.announce(media.waiting, media, now, ports.telling, looking)
        ports.register.told(media)
    return media


def _known(key: str, ports: Ports) -> Media | None:
    media_id = id_of(key)
    media = ports.register.media(media_id) if media_id else None
    return media if media and media.key == key else None
