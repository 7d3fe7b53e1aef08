"""Collect: what was never finished, what nothing refers to, and all of a user who leaves."""

from msgspec import Struct

from parley.chat.model import PROFILE
from parley.chat.ports import MediaReferences
from parley.delivery.ports import Connections
from parley.media.model import GRACE_DAYS, Media
from parley.media.ports import MediaRegistry, Objects

LOOK_BACK_DAYS = 365
"""How many days before the grace period are looked at, so that a collector that did not run for a while catches up, and
what could not be removed is tried for as long. A day without anything is half a read unit."""

_DAY_MS = 24 * 3600 * 1000
_PAGE = 25
"""Uploads of one user in one step of their erasure."""
_TOLD = 10
"""Of a run's errors so many are told: they tend to be the same."""


class Ports(Struct, frozen=True):
    """What collecting needs from the world."""

    register: MediaRegistry
    objects: Objects
    connections: Connections
    media_references: MediaReferences


class Collected(Struct, frozen=True):
    """How many were removed, how many could not be now, and the first errors among those."""

    removed: int = 0
    failed: int = 0
    errors: tuple[Exception, ...] = ()


def collect(now: int, ports: Ports) -> Collected:
    """Remove what nothing has referred to for ``GRACE_DAYS``.

    What fails, however it does, holds up nothing else, and is tried again by the next run.
    """
    removed, errors = 0, list[Exception]()
    last = now // _DAY_MS - GRACE_DAYS - 1
    for day in range(last - LOOK_BACK_DAYS, last + 1):
        for media in ports.register.unreferred(day):
            try:
                removed += _remove_unless_referred(media, ports)
            except Exception as error:  # noqa: BLE001  (one upload's trouble must not hold up the others)
                errors.append(error)
    return Collected(removed, len(errors), tuple(errors[:_TOLD]))


def erase(user: str, ports: Ports) -> int:
    """Remove some of what a user has uploaded, referred to or not; answer how much it was, 0 when none is left."""
    page, _ = ports.register.owned(user, "", _PAGE)
    for media_id in page:
        media = ports.register.media(media_id)
        if media is not None:
            # First, so that a verification under way does not bring anything back: it sees that it is overtaken.
            ports.register.withdraw(media_id)
            ports.objects.remove(media.key, media.thumbnail_key)
        ports.register.forget(media_id, user)
    return len(page)


def _remove_unless_referred(media: Media, ports: Ports) -> bool:
    if media.scope == PROFILE and _is_shown(media, ports.connections):
        ports.media_references.add_reference(media.id)
        return False
    # Claimed first, so that nothing can refer to it any more; found again by the next run, should we die in between.
    if not ports.register.claim(media):
        return False
    ports.objects.remove(media.key, media.thumbnail_key)
    ports.register.forget(media.id, media.owner)
    return True


def _is_shown(media: Media, connections: Connections) -> bool:
    """Whether it is its owner's photo.

    Changes of a profile that race may let a photo go that one of them has just set again. After ``ATTACH_MS`` it cannot
    be set any more: by now, days later, what is shown stays so, and what is not shown will not be.
    """
    recipient = connections.recipients([media.owner], strong=True).get(media.owner)
    return recipient is not None and recipient.photo == media.id
