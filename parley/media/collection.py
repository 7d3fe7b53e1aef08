"""Collect: remove uploads that were never finished, media that nothing refers to, and all media of a leaving user."""

from msgspec import Struct

from parley.chat.model import PROFILE
from parley.chat.ports import MediaReferences
from parley.core.writes import Occupied
from parley.delivery.ports import Connections
from parley.media.model import GRACE_DAYS, Media
from parley.media.ports import MediaRegistry, Objects

LOOK_BACK_DAYS = 365
"""How many days before the grace period the collector looks at. This way it catches up if it did not run for a while,
and it tries for as long to remove what it could not remove. A day without any uploads costs half a read unit."""

_DAY_MS = 24 * 3600 * 1000
_PAGE = 25
"""How many uploads one step of a user's erasure removes."""
_TOLD = 10
"""How many of a run's errors are reported: they tend to be the same."""


class Ports(Struct, frozen=True):
    """What collecting needs from the world."""

    registry: MediaRegistry
    objects: Objects
    connections: Connections
    media_references: MediaReferences


class Collected(Struct, frozen=True):
    """How many uploads were removed, how many could not be removed now, and the first of the errors."""

    removed: int = 0
    failed: int = 0
    errors: tuple[Exception, ...] = ()


def collect(now: int, ports: Ports) -> Collected:
    """Remove what nothing has referred to for ``GRACE_DAYS``.

    A failure of any kind does not hold up anything else, and the next run tries again.
    """
    removed, errors = 0, list[Exception]()
    last = now // _DAY_MS - GRACE_DAYS - 1
    for day in range(last - LOOK_BACK_DAYS, last + 1):
        for media in ports.registry.unreferred(day):
            try:
                removed += _remove_unless_referred(media, ports)
            except Exception as error:  # noqa: BLE001  (one upload's trouble must not hold up the others)
                errors.append(error)
    return Collected(removed, len(errors), tuple(errors[:_TOLD]))


def erase(user: str, ports: Ports) -> int:
    """Remove some of what a user has uploaded, whether or not anything refers to it. Returns how many uploads were
    removed; 0 if none is left.
    """
    page, _ = ports.registry.owned(user, "", _PAGE)
    for media_id in page:
        media = ports.registry.media(media_id)
        if media is not None:
            # It is withdrawn first, so that a verification that is under way sees that it has been overtaken, and does
            # not bring anything back.
            ports.registry.withdraw(media_id)
            ports.objects.remove(media.key, media.thumbnail_key)
        ports.registry.forget(media_id, user)
    return len(page)


def _remove_unless_referred(media: Media, ports: Ports) -> bool:
    if media.scope == PROFILE and _is_shown(media, ports.connections):
        ports.media_references.add_reference(media.id)
        return False
    # It is claimed first, so that nothing can refer to it any more. If we die in between, the next run finds it again.
    if isinstance(ports.registry.claim(media), Occupied):
        return False
    ports.objects.remove(media.key, media.thumbnail_key)
    ports.registry.forget(media.id, media.owner)
    return True


def _is_shown(media: Media, connections: Connections) -> bool:
    """Whether it is its owner's photo.

    When changes of a profile race, one may release a photo that another has just set again. After ``ATTACH_MS`` a photo
    cannot be set any more. So by now, days later, a photo that is shown stays shown, and one that is not shown never
    will be.
    """
    recipient = connections.recipients([media.owner], strong=True).get(media.owner)
    return recipient is not None and recipient.photo == media.id
