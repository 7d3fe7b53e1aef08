"""Reports: what a user tells the operators about another user, with a copy of the entry in question."""

from typing import Literal

from msgspec import Struct

from parley.chat import conversations
from parley.chat.entries import Entry
from parley.chat.ports import Log
from parley.core.errors import BadRequest, NotFound
from parley.core.session import Session
from parley.core.writes import Occupied
from parley.delivery.ports import Connections
from parley.moderation.model import Report
from parley.moderation.ports import Reports

Reason = Literal["spam", "harassment", "hate", "sexual", "violence", "fraud", "impersonation", "illegal", "other"]

MOST_PER_DAY = 20
"""The most reports that one user may make on one day (UTC)."""


class Ports(Struct, frozen=True):
    """What reporting needs from the world."""

    log: Log
    connections: Connections
    reports: Reports


class About(Struct, frozen=True):
    """What a report is about: a user, or an entry of a conversation and therefore its sender."""

    user: str = ""
    conversation: str = ""
    seq: int = 0


def report(
    session: Session, name: str, about: About, reason: Reason, text: str, now: int, ports: Ports
) -> tuple[Report, bool]:
    """Store a report, and return whether it had been stored before. A user's reports with the same ``name`` are stored
    only once.

    The entry is copied as it is now, so that later changes to it do not change what was reported.

    Raises:
        BadRequest: the report names neither a user nor an entry, or both, or the reporter themselves.
        Forbidden, NotFound: the reporter does not exist any more; or the entry does not exist, or is in a
            conversation that is not the reporter's.
        RateLimited: the reporter has made too many reports on one day.
    """
    if bool(about.user) == bool(about.conversation) or bool(about.conversation) != bool(about.seq):
        raise BadRequest("report either a `user`, or an entry by `conversation` and `seq`")
    entry = _entry(session, about, ports.log) if about.conversation else None
    user = entry.sender if entry else about.user
    if user == session.user:
        raise BadRequest("nobody can report themselves")
    # Who is reported need not exist: the entry may be all that is left of its sender, and whether there is a user is
    # nothing that a report should tell.
    if session.user not in ports.connections.recipients([session.user], strong=True):
        raise NotFound("no such user")
    new = Report(id=name, reporter=session.user, user=user, reason=reason, text=text, at=now, entry=entry)
    outcome = ports.reports.store(new, MOST_PER_DAY)
    return (outcome.current, True) if isinstance(outcome, Occupied) else (new, False)


def _entry(session: Session, about: About, log: Log) -> Entry:
    entry = log.entry(conversations.enter(session, about.conversation).id, about.seq, strong=True)
    if entry is None:
        raise NotFound("no such entry")
    return entry
