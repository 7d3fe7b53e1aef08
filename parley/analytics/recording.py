"""Record what happened, under pseudonyms."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from parley.analytics.model import Event, Happening, Subject, conversation_pseudonym, day_of, pseudonym
from parley.analytics.ports import Sink, Subjects
from parley.chat import conversations


class Ports(Struct, frozen=True):
    """What recording needs from the world."""

    subjects: Subjects
    sink: Sink


class Recorded(Struct, frozen=True):
    """How many events were recorded, and how many were left out because their user has been erased."""

    events: int = 0
    forgotten: int = 0


def record(happenings: Sequence[Happening], ports: Ports) -> Recorded:
    """Record the happenings. Repeating them records events with the same ids, which the queries count once.

    What an erased user did shortly before is left out: there is no key any more under which to record it.

    Raises:
        Unavailable: some of them may have been recorded, and others not.
    """
    subjects = ports.subjects.subjects(_users(happenings)) if happenings else {}
    events = [_event(h, subjects) for h in happenings if h.user in subjects]
    if events:
        ports.sink.put(events)
    return Recorded(len(events), len(happenings) - len(events))


def _users(happenings: Iterable[Happening]) -> set[str]:
    users = set()
    for happening in happenings:
        users.add(happening.user)
        users.update(_members(happening.conversation))
    return users


def _members(conversation: str) -> Sequence[str]:
    return conversations.members_of(conversation) if conversation else ()


def _event(happening: Happening, subjects: dict[str, Subject]) -> Event:
    subject = subjects[happening.user]
    keys = [subjects[m].key for m in _members(happening.conversation) if m in subjects]
    return Event(
        event=happening.id,
        kind=happening.kind,
        day=day_of(happening.at),
        at_ms=happening.at,
        pseudonym=pseudonym(happening.user, subject),
        role=subject.role,
        conversation=conversation_pseudonym(happening.conversation, keys) if happening.conversation else "",
        seq=happening.seq,
        prior=happening.prior,
        subject=pseudonym(happening.subject, subject) if happening.subject else "",
        size=happening.size,
        detail=happening.detail,
    )
