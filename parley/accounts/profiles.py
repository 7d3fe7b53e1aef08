"""Profiles: what users tell others about themselves. They are shown to those who may see them, who are told live when
they change.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from parley.accounts import events
from parley.accounts.model import Profile
from parley.accounts.ports import Profiles
from parley.chat import attachments, conversations
from parley.chat.model import PROFILE
from parley.chat.people import visibility
from parley.chat.ports import MediaReferences, Memberships, Snapshots
from parley.core import ids, pages
from parley.core.errors import Forbidden, NotFound, Stale
from parley.core.session import Session
from parley.core.writes import Occupied, Stored, compare_and_set
from parley.delivery import fanout
from parley.delivery.model import Recipient
from parley.delivery.ports import Connections, Sockets

TOLD_LIVE = 20
"""In how many of the most recent conversations the other member is told at once about a change. The others see it when
they next look."""
TOLD_SOCKETS = 60
"""To how many sockets a change is posted in all. The user's own come first, then those of the others in the order of
their conversations."""
PAGE = 50
"""Providers in a page."""

_ATTEMPTS = 4
PROVIDERS_OWN = frozenset({"category", "business", "availability"})
"""The fields that only a provider's profile has."""


class Ports(Struct, frozen=True):
    """What profiles need from the world."""

    profiles: Profiles
    snapshots: Snapshots
    memberships: Memberships
    media_references: MediaReferences
    connections: Connections
    sockets: Sockets


class _Cursor(Struct, frozen=True, array_like=True):
    business: str
    user: str


def own(session: Session, profiles: Profiles) -> Profile:
    """The asker's profile.

    Raises:
        NotFound: the user is not known yet, because sign-up is not finished.
    """
    profile = profiles.profile(session.user)
    if profile is None:
        raise NotFound("no such user")
    return profile


def change(
    session: Session, changes: Mapping[str, str], expected: int | None, now: int, ports: Ports
) -> tuple[Profile, fanout.FanoutResult]:
    """Change some of the asker's own fields, and tell those with whom they talk, and their own other devices.

    Args:
        session: the asker.
        changes: the new values, by field of ``Profile``.
        expected: the version that the changes must be based on; None for whichever is stored.
        now: in ms.
        ports: what it needs.

    Raises:
        Stale: another version is stored.
        Forbidden: the changes name a field that only providers have.
        NotFound: the user is not known yet, or the photo is not one of theirs.
        NotReady: the photo is still being verified.
    """
    stored = own(session, ports.profiles)
    if stored.role != "provider" and PROVIDERS_OWN.intersection(changes):
        raise Forbidden("only a provider has a category, a business name and an availability")
    photo = changes.get("photo", "")
    if photo and photo != stored.photo:
        _check_photo(photo, session.user, now, ports.snapshots)

    def changed(stored: Profile) -> Profile:
        if expected is not None and expected != stored.version:
            raise Stale("the profile has been changed since")
        new = replace(stored, **changes)
        return new if new == stored else replace(new, version=stored.version + 1)

    def store(stored: Profile, new: Profile) -> Stored | Occupied[Profile]:
        if new.photo and new.photo != stored.photo:
            # Before it is shown, so that no photo shown can be collected. At worst, one is kept that nobody sees.
            ports.media_references.add_reference(new.photo)
        return ports.profiles.store(new)

    busy = "the profile is being changed by many at once"
    old, new = compare_and_set(stored, changed, store, attempts=_ATTEMPTS, busy=busy)
    if new == old:
        return new, fanout.FanoutResult()
    if old.photo and old.photo != new.photo:
        ports.media_references.release_reference(old.photo, now)
    return new, _tell(new, now, ports)


def shown(session: Session, user: str, ports: Ports) -> Profile:
    """Another user's profile, for an asker who may see it.

    Raises:
        NotFound: there is no such user, or this asker may not learn of them.
    """
    if not ids.is_client_id(user):
        raise NotFound("no such user")
    found = ports.snapshots.find(**visibility.question(session, [user]))
    profile = ports.profiles.profile(user) if visibility.sees(session, user, found) else None
    if profile is None:
        raise NotFound("no such user")
    return profile


def listed(session: Session, category: str, cursor: str, ports: Ports) -> tuple[list[Profile], str]:
    """A page of a category's providers by business name, and the cursor of the next page, empty if there is none.

    Providers who block the asker are left out, as if they did not exist. A page may therefore have fewer than ``PAGE``.

    Raises:
        BadRequest: the cursor is not one of ours.
    """
    after = pages.decode(cursor, _Cursor) if cursor else _Cursor("", "")
    page, more = ports.profiles.listed(category, (after.business, after.user), PAGE)
    following = pages.encode(_Cursor(*page[-1].place)) if more and page else ""
    users = [p.user for p in page]
    found = ports.snapshots.find(recipients=users, blocks=[(u, session.user) for u in users])
    # Who is no longer a provider may still stand in the index.
    providers = {u for u, recipient in found.recipients.items() if recipient.role == "provider"}
    return [p for p in page if p.user in providers and (p.user, session.user) not in found.blocks], following


def _check_photo(photo: str, user: str, now: int, snapshots: Snapshots) -> None:
    found = snapshots.find(media=[photo])
    refusal = attachments.refusal([photo], user, PROFILE, now, found, snapshots)
    if refusal:
        raise refusal


def _tell(profile: Profile, now: int, ports: Ports) -> fanout.FanoutResult:
    """Tell the user's own devices, and those with whom they have talked last; a block either way keeps it from them."""
    rows, _ = ports.memberships.inbox_page(profile.user, None, TOLD_LIVE)
    others = [u for _, c in rows for u in conversations.members_of(c) if u != profile.user]
    known = list(dict.fromkeys([profile.user, *others]))
    blocks = [pair for u in known[1:] for pair in ((profile.user, u), (u, profile.user))]
    found = ports.snapshots.find(recipients=known, blocks=blocks)
    apart = {u for pair in found.blocks for u in pair} - {profile.user}
    told, room = list[Recipient](), TOLD_SOCKETS
    for user in known:
        recipient = found.recipients.get(user)
        if recipient is None or user in apart:
            continue
        sockets = recipient.live(now)[:room]
        told.append(replace(recipient, connections=sockets))
        room -= len(sockets)
    event = events.Profile(user=profile.user, version=profile.version, name=profile.name, photo=profile.photo)
    return fanout.post(ports.sockets, ports.connections, told, event, now)
