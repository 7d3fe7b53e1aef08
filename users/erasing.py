"""Erase accounts that are due: everything about a user, step by step, each of which may be repeated after a crash.

1. *waiting* → *begun*: from here there is no way back.
2. The identity is deleted, so that nobody signs in again; sockets are closed; *begun* → *cut*, due when the last token
   has expired. Without that, whoever still holds one would write anew what has just been erased.
3. Endpoints are given up, media, own files and archives removed, and all that is stored under the user: profile, where
   they are reached, devices, memberships, blocks, data. Last of all the note of their leaving itself.

What others have received stays in their conversations, from a sender of whom nothing is known any more; a conversation
of which nobody is left goes, too.
"""

from collections.abc import Iterator
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from chat import ids
from chat.errors import ParleyError
from chat.ports import Devices, Directory, Push, Sockets
from users.model import DAY_MS, Leaving
from users.ports import Accounts, Conversations, Files, Identities, Uploads

TOKENS_MS = 65 * 60 * 1000
"""Longer than an access token lives."""
LOOK_BACK_DAYS = 30
"""Days before today that are looked at, so that a clock that stood still for a while is caught up with."""
MOST = 50
"""Of one day in one run."""

_PAGE = 100


class Ports(Struct, frozen=True):
    """What erasing needs from the world."""

    accounts: Accounts
    conversations: Conversations
    identities: Identities
    directory: Directory
    devices: Devices
    push: Push
    sockets: Sockets
    uploads: Uploads
    files: Files


class Erased(Struct, frozen=True):
    """How many accounts were cut off, how many erased, and how many could not be dealt with now."""

    cut: int = 0
    done: int = 0
    failed: int = 0


def run(now: int, ports: Ports) -> Erased:
    """Take the next step with every account that is due. What fails is due still, and holds up no other."""
    cut = done = failed = 0
    today = now // DAY_MS
    for day in range(today - LOOK_BACK_DAYS, today + 1):
        for leaving in ports.accounts.due(day, now, MOST):
            try:
                if leaving.stage == "cut":
                    _erase(leaving, ports)
                    done += 1
                else:
                    cut += _cut_off(leaving, now, ports)
            except ParleyError:
                failed += 1
    return Erased(cut, done, failed)


def _cut_off(leaving: Leaving, now: int, ports: Ports) -> bool:
    begun = replace(leaving, stage="begun")
    if leaving.stage == "waiting" and not ports.accounts.move(leaving, begun):
        return False  # the user has come back just now
    ports.identities.delete(leaving.username)
    reach = ports.directory.find(reach=[leaving.user], strong=True).reach.get(leaving.user)
    if reach is not None:
        ports.sockets.close([c.id for c in reach.live(now)])
    return ports.accounts.move(begun, replace(begun, stage="cut", due=now + TOKENS_MS))


def _erase(leaving: Leaving, ports: Ports) -> None:
    reach = ports.directory.find(reach=[leaving.user], strong=True).reach.get(leaving.user)
    held = reach.devices if reach else ()
    for registration in ports.devices.registrations(leaving.user, held) if held else []:
        # Before it is forgotten here, or a crash in between would leave it for good.
        ports.push.forget(registration.device.endpoint)
    for device in held:
        ports.devices.remove(leaving.user, device)
    ports.uploads.erase(leaving.user)
    ports.files.erase(leaving.user)
    for conversation in _abandoned(leaving.user, ports.directory):
        while ports.conversations.erase(conversation):
            pass
    while ports.accounts.erase(leaving.user):
        pass
    with suppress(ParleyError):  # it is due still, and finds nothing the next time
        ports.accounts.move(leaving, None)


def _abandoned(user: str, directory: Directory) -> Iterator[str]:
    """The user's conversations of which nobody else is there any more."""
    after, more = "", True
    while more:
        page, more = directory.memberships(user, after, _PAGE)
        others = {m.conversation: _other(user, m.conversation) for m in page}
        there = directory.find(reach={u for u in others.values() if u}, strong=True).reach
        yield from (conversation for conversation, other in others.items() if other and other not in there)
        after = page[-1].conversation if page else after


def _other(user: str, conversation: str) -> str | None:
    return next((u for u in ids.direct_members(conversation) or () if u != user), None)
