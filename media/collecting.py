"""Collect: what was never finished, what nothing refers to, and all of a user who leaves."""

from msgspec import Struct

from chat.errors import ParleyError
from media.model import GRACE_DAYS, Media
from media.ports import Objects, Register

LOOK_BACK_DAYS = 30
"""How many days before the grace period are looked at, so that a collector that did not run for a while catches up."""

_DAY_MS = 24 * 3600 * 1000
_PAGE = 100


class Ports(Struct, frozen=True):
    """What collecting needs from the world."""

    register: Register
    objects: Objects


class Collected(Struct, frozen=True):
    """How many were removed, and how many could not be now."""

    removed: int = 0
    failed: int = 0


def collect(now: int, ports: Ports) -> Collected:
    """Remove what nothing has referred to for ``GRACE_DAYS``. What fails is tried again by the next run."""
    removed = failed = 0
    last = now // _DAY_MS - GRACE_DAYS - 1
    for day in range(last - LOOK_BACK_DAYS, last + 1):
        for media in ports.register.unreferred(day):
            try:
                removed += _remove_unless_referred(media, ports)
            except ParleyError:
                failed += 1
    return Collected(removed, failed)


def erase(user: str, ports: Ports) -> int:
    """Remove all that a user has uploaded, referred to or not; answer how much it was. May be repeated."""
    erased, after, more = 0, "", True
    while more:
        page, more = ports.register.owned(user, after, _PAGE)
        for media_id in page:
            media = ports.register.media(media_id)
            if media is not None:
                ports.objects.remove(media.key, media.thumbnail_key)
            ports.register.forget(media_id, user)
        erased += len(page)
        after = page[-1] if page else after
    return erased


def _remove_unless_referred(media: Media, ports: Ports) -> bool:
    # Claimed first, so that nothing can refer to it any more; found again by the next run, should we die in between.
    if not ports.register.claim(media):
        return False
    ports.objects.remove(media.key, media.thumbnail_key)
    ports.register.forget(media.id, media.owner)
    return True
