"""Show: give a link to media to those who may see them. Media in the archive begin to be restored."""

from msgspec import Struct
from msgspec.structs import replace

from parley.chat import conversations
from parley.chat.model import PROFILE
from parley.chat.people import visibility
from parley.chat.ports import Snapshots
from parley.core.errors import Forbidden, NotFound
from parley.core.session import Session
from parley.core.writes import Occupied
from parley.media import archive, model
from parley.media.model import Media
from parley.media.ports import Links, MediaRegistry, Objects


class Ports(Struct, frozen=True):
    """What showing needs from the world."""

    registry: MediaRegistry
    objects: Objects
    links: Links
    snapshots: Snapshots
    archiving: archive.Ports


class Shown(Struct, frozen=True):
    """Media, and the addresses at which they can be fetched until ``expires`` (ms); an empty address if they cannot."""

    media: Media
    url: str = ""
    thumbnail: str = ""
    expires: int = 0


def show(session: Session, media_id: str, now: int, ports: Ports) -> Shown:
    """Media, with their links, for an asker who may see them. Archived media begin to be restored, and the asker is
    told when they are back.

    Raises:
        NotFound: there are no media with that id, or this asker may not see them.
    """
    media = ports.registry.media(media_id)
    if media is None or not _may_see(session, media, ports.snapshots):
        raise NotFound("no such media")
    until = now + model.LINK_S * 1000
    thumbnail = ports.links.link(media.thumbnail_key, until) if media.thumbnail else ""
    if media.state in {"archived", "restoring"}:
        media = _ask_back(media, session.user, now, ports)
    elif media.state == "ready" and media.waiting:
        archive.back(media.id, now, ports.archiving, session.user)  # whoever should have announced it has failed
    if media.state == "ready":
        return Shown(media, ports.links.link(media.key, until), thumbnail, until)
    return Shown(media, "", thumbnail, until if thumbnail else 0)


def _may_see(session: Session, media: Media, snapshots: Snapshots) -> bool:
    if media.state == "removed":
        return False
    if media.owner == session.user:
        return True
    if media.state in {"pending", "refused"}:
        return False
    if media.scope == PROFILE:
        found = snapshots.find(**visibility.question(session, [media.owner]))
        return visibility.sees(session, media.owner, found) is not None
    try:
        conversations.enter(session, media.scope)
    except (Forbidden, NotFound):
        return False
    return True


def _ask_back(media: Media, user: str, now: int, ports: Ports) -> Media:
    # The user goes on the list before the request is made: everyone on it is told when the restored object is back.
    if isinstance(ports.registry.wait(media.id, user), Occupied):
        return ports.registry.media(media.id) or media  # it has just come back
    if ports.objects.restore(media.key):
        return replace(media, state="restoring")
    # It was already back, and the announcement is lost or still on its way.
    return archive.back(media.id, now, ports.archiving, user) or replace(media, state="ready")
