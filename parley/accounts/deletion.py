"""Erase accounts that are due: everything about a user, in steps, each of which may be repeated after a crash.

1. *waiting* → *begun*: from here on there is no way back.
2. The identity is deleted, so that nobody can sign in again, and sockets are closed. *begun* → *cut*, which is due when
   the last token has expired. Without this wait, whoever still holds a token could write again what has just been
   erased.
3. Endpoints are given up, media are removed, and so is everything stored under the user: profile, where they can be
   reached, devices, memberships, blocks and data. Then their own files and archives are removed. No archive is noted
   any more, so whoever is making one just then removes it. *cut* → *erased*.
4. The same is done once more, a while later. By then nothing is left except what another invocation wrote after the
   erasure because it had read before it: a row of a conversation that began at that moment. Last of all, the deletion
   request itself is removed.

Accounts that are due are in a queue, and none of them holds up those behind it: an account that fails, or takes more
than one account's share of a run, goes to the end of the queue.

What others have received stays in their conversations, from a sender about whom nothing is known any more. A
conversation in which nobody is left is erased, too.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from parley.accounts.model import DeletionRequest
from parley.accounts.ports import Accounts, Conversations, Files, Identities, Uploads
from parley.chat import conversations
from parley.chat.ports import Memberships
from parley.core import pages
from parley.core.errors import ParleyError
from parley.core.writes import Occupied, Stored
from parley.delivery import devices
from parley.delivery.ports import Connections, Devices, Push, Sockets

TOKENS_MS = 65 * 60 * 1000
"""Longer than an access token is valid."""
AGAIN_MS = 60 * 60 * 1000
"""Longer than an invocation lasts, including its retries."""
SHARE_MS = 60 * 1000
"""How much of a run one account may take."""
SPARE_MS = 60 * 1000
"""The last minute of a run, in which no step is begun."""

_QUEUE = 50
_PAGE = 100


class Ports(Struct, frozen=True):
    """What erasing needs from the world."""

    accounts: Accounts
    conversations: Conversations
    identities: Identities
    connections: Connections
    memberships: Memberships
    devices: Devices
    push: Push
    sockets: Sockets
    uploads: Uploads
    files: Files


class Erased(Struct, frozen=True):
    """How many accounts were cut off, how many were erased, how many are large and continue later, and why others
    failed.
    """

    cut: int = 0
    done: int = 0
    unfinished: int = 0
    errors: tuple[Exception, ...] = ()


def run(now: int, ports: Ports, left: Callable[[], int]) -> Erased:
    """Take the next steps for every account that is due, as long as there is time.

    Args:
        now: in ms.
        ports: what it needs.
        left: returns how many ms are left until the run is stopped. Accounts that it does not get to stay due.
    """
    cut = done = unfinished = 0
    errors: list[Exception] = []
    for leaving in _queue(now, ports.accounts):
        if left() <= SPARE_MS:
            break
        try:
            if leaving.stage not in {"cut", "erased"}:
                cut += _cut_off(leaving, now, ports)
            elif _erase(leaving, now, ports, left):
                done += leaving.stage == "cut"
            else:
                unfinished += 1
                _put_off(leaving.user, now, ports.accounts)
        except Exception as error:  # noqa: BLE001  (whatever is wrong with one account must not affect the next)
            errors.append(error)
            with suppress(Exception):  # it is still due, and keeps its place
                _put_off(leaving.user, now, ports.accounts)
    return Erased(cut, done, unfinished, tuple(errors))


def _queue(now: int, accounts: Accounts) -> Iterator[DeletionRequest]:
    last = None
    while page := accounts.due(now, last, _QUEUE):
        yield from page
        last = page[-1]


def _put_off(user: str, now: int, accounts: Accounts) -> None:
    """Move an account to the end of the queue, behind all those that this run has yet to reach."""
    noted = accounts.leaving(user)
    if noted is not None and noted.due <= now:
        accounts.move(noted, replace(noted, due=now + 1))


def _cut_off(leaving: DeletionRequest, now: int, ports: Ports) -> bool:
    begun = replace(leaving, stage="begun")
    if leaving.stage == "waiting" and isinstance(ports.accounts.move(leaving, begun), Occupied):
        return False  # the user has come back just now
    ports.identities.delete(leaving.username)
    recipient = ports.connections.recipients([leaving.user], strong=True).get(leaving.user)
    if recipient is not None:
        ports.sockets.close([c.id for c in recipient.live(now)])
    cut = replace(begun, stage="cut", due=now + TOKENS_MS)
    return isinstance(ports.accounts.move(begun, cut), Stored)


def _erase(leaving: DeletionRequest, now: int, ports: Ports, left: Callable[[], int]) -> bool:
    """Erase an account. Returns whether nothing of it is left now; otherwise it has used up its share of the run."""
    until = max(left() - SHARE_MS, SPARE_MS)
    for _ in _steps(leaving.user, now, ports):
        if left() <= until:
            return False
    again = replace(leaving, stage="erased", due=now + AGAIN_MS)
    with suppress(ParleyError):  # it is still due, and finds nothing the next time
        ports.accounts.move(leaving, again if leaving.stage == "cut" else None)
    return True


def _steps(user: str, now: int, ports: Ports) -> Iterator[None]:
    """Erase a user, a bounded number of things in each step, so that a run that starts over gets further."""
    devices.give_up_all(user, now, devices.Ports(ports.connections, ports.devices, ports.push))
    while ports.uploads.erase(user):
        yield
    for conversation in _abandoned(user, ports):
        while ports.conversations.erase(conversation):
            yield
    while ports.accounts.erase(user):
        yield
    while ports.files.erase(user):
        yield


def _abandoned(user: str, ports: Ports) -> Iterator[str]:
    """The user's conversations in which nobody else is left."""
    inbox = pages.walk(
        lambda after: ports.memberships.memberships(user, after, _PAGE), "", lambda row: row.conversation
    )
    for page in inbox:
        others = {m.conversation: _other(user, m.conversation) for m in page}
        there = ports.connections.recipients({u for u in others.values() if u}, strong=True)
        yield from (conversation for conversation, other in others.items() if other and other not in there)


def _other(user: str, conversation: str) -> str | None:
    return next((u for u in conversations.members_of(conversation) if u != user), None)
