"""Erase accounts that are due: everything about a user, step by step, each of which may be repeated after a crash.

1. *waiting* → *begun*: from here there is no way back.
2. The identity is deleted, so that nobody signs in again; sockets are closed; *begun* → *cut*, due when the last token
   has expired. Without that, whoever still holds one would write anew what has just been erased.
3. Endpoints are given up, media removed, and all that is stored under the user: profile, where they are reached,
   devices, memberships, blocks, data. Then own files and archives: none is noted any more, so that who is making one
   just now removes it. *cut* → *erased*.
4. The same once more, a while later, when there is nothing left but what somebody else's invocation, which had read
   before what is erased now, has written after: a row of a conversation that began in that moment. Last of all the
   note of their leaving itself.

Who is due stands in a queue, and nobody in it holds up those behind: what fails, and what is more than one account's
share of a run, goes to the queue's end.

What others have received stays in their conversations, from a sender of whom nothing is known any more; a conversation
of which nobody is left goes, too.
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
"""Longer than an access token lives."""
AGAIN_MS = 60 * 60 * 1000
"""Longer than an invocation lasts, and its retries."""
SHARE_MS = 60 * 1000
"""What one account may take of a run."""
SPARE_MS = 60 * 1000
"""A run's last minute, in which no step is begun."""

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
    """How many accounts were cut off, how many erased, how many are large and go on later, and why others failed."""

    cut: int = 0
    done: int = 0
    unfinished: int = 0
    errors: tuple[Exception, ...] = ()


def run(now: int, ports: Ports, left: Callable[[], int]) -> Erased:
    """Take the next steps with every account that is due, as long as there is time.

    Args:
        now: in ms.
        ports: what it needs.
        left: ms until the run is stopped. Accounts for which it does not last are due still.
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
        except Exception as error:  # noqa: BLE001  (whatever is wrong with one account is no matter of the next)
            errors.append(error)
            with suppress(Exception):  # it is due still, in the place where it was
                _put_off(leaving.user, now, ports.accounts)
    return Erased(cut, done, unfinished, tuple(errors))


def _queue(now: int, accounts: Accounts) -> Iterator[DeletionRequest]:
    last = None
    while page := accounts.due(now, last, _QUEUE):
        yield from page
        last = page[-1]


def _put_off(user: str, now: int, accounts: Accounts) -> None:
    """To the end of the queue, behind all that this run still meets."""
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
    """Whether nothing of the account is left now; else it has had its share of the run."""
    until = max(left() - SHARE_MS, SPARE_MS)
    for _ in _steps(leaving.user, now, ports):
        if left() <= until:
            return False
    again = replace(leaving, stage="erased", due=now + AGAIN_MS)
    with suppress(ParleyError):  # it is due still, and finds nothing the next time
        ports.accounts.move(leaving, again if leaving.stage == "cut" else None)
    return True


def _steps(user: str, now: int, ports: Ports) -> Iterator[None]:
    """Erase what there is of a user; each step a bounded number of things, so that who begins anew gets further."""
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
    """The user's conversations of which nobody else is there any more."""
    inbox = pages.walk(
        lambda after: ports.memberships.memberships(user, after, _PAGE), "", lambda row: row.conversation
    )
    for page in inbox:
        others = {m.conversation: _other(user, m.conversation) for m in page}
        there = ports.connections.recipients({u for u in others.values() if u}, strong=True)
        yield from (conversation for conversation, other in others.items() if other and other not in there)


def _other(user: str, conversation: str) -> str | None:
    return next((u for u in conversations.members_of(conversation) if u != user), None)
