"""A week made by hand, small enough that every answer can be computed on paper.

Monday 2 to Sunday 8 November 2026. Ann and Cid are consumers, Ben and Dan are providers. Ann and Ben talk, and so do
Cid and Dan. Ann joined in the week before.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from infra.analytics.lake import LakeSink
from parley.analytics.model import Event

ROLES = {"ann": "consumer", "cid": "consumer", "ben": "provider", "dan": "provider"}


def at(text: str) -> int:
    """A moment of 2026, as ``MM-DD hh:mm`` or ``MM-DD hh:mm:ss``, in ms."""
    form = "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M"
    return int(datetime.strptime(f"2026-{text}", form).replace(tzinfo=UTC).timestamp() * 1000)


def _event(
    kind: str, who: str, when: str, conversation: str = "", seq: int = 0, prior: int = 0, **more: object
) -> Event:
    name = f"{kind}-{who}-{when}-{seq}-{more.get('subject', '')}"
    fields = {"subject": "", "size": 0, "detail": "", **more}
    return Event(name, kind, f"2026-{when[:5]}", at(when), who, ROLES[who], conversation, seq, prior, **fields)  # type: ignore[arg-type]


def events() -> Iterator[Event]:
    yield _event("joined", "ann", "10-28 09:00")
    yield _event("connected", "ann", "10-28 09:00", subject="s0")
    yield _event("joined", "ben", "11-02 08:00")
    yield _event("joined", "cid", "11-03 08:00")
    yield _event("joined", "dan", "11-03 08:00")
    # Monday: Ann asks at 9, Ben answers after 30 minutes; she reads his answer.
    yield _event("connected", "ann", "11-02 09:00", subject="s1")
    yield _event("disconnected", "ann", "11-02 09:45", subject="s1")
    yield _event("connected", "ben", "11-02 09:30", subject="s2")  # its end is never seen: two hours
    yield _event("connected", "ben", "11-02 09:45", subject="s3")  # at the moment at which Ann's ends
    yield _event("disconnected", "ben", "11-02 10:00", subject="s3")
    yield _event("started", "ann", "11-02 09:00", "ab", 1)
    yield _event("message", "ann", "11-02 09:00", "ab", 1, size=10, detail="text")
    yield _event("message", "ann", "11-02 09:01", "ab", 2, size=0, detail="media")
    yield _event("media", "ann", "11-02 09:00:30", subject="m1", size=1_000, detail="image")
    yield _event("media", "ann", "11-02 09:00:40", subject="m2", size=500, detail="image")
    yield _event("delivered", "ben", "11-02 09:30", "ab", 2, 0)
    yield _event("read", "ben", "11-02 09:30", "ab", 2, 0)
    yield _event("message", "ben", "11-02 09:30", "ab", 3, size=4, detail="text")
    yield _event("read", "ann", "11-02 09:31", "ab", 3, 0)  # without a delivered mark: reading implies it
    # Tuesday: Cid asks at 22; Dan answers at 8 the next morning, after ten hours. Cid gets a push, and never reads it.
    yield _event("started", "cid", "11-03 22:00", "cd", 1)
    yield _event("message", "cid", "11-03 22:00", "cd", 1, size=20, detail="text")
    yield _event("delivered", "dan", "11-03 22:00:01", "cd", 1, 0)
    yield _event("message", "dan", "11-04 08:00", "cd", 2, size=7, detail="text")
    yield _event("pushed", "cid", "11-04 08:00:02", "cd", 2, 0)
    # Thursday: Ann asks Dan, who does not answer. Saturday: Ben writes to Cid of his own accord.
    yield _event("started", "ann", "11-05 12:00", "ad", 1)
    yield _event("message", "ann", "11-05 12:00", "ad", 1, size=3, detail="text")
    yield _event("started", "ben", "11-07 12:00", "bc", 1)
    yield _event("message", "ben", "11-07 12:00", "bc", 1, size=3, detail="text")
    # Sunday, near midnight: a socket that is still open in the next week.
    yield _event("connected", "cid", "11-08 23:30", subject="s4")


def recorded() -> LakeSink:
    """The week as Firehose would have it, every event twice, as a batch that was read again leaves them."""
    sink = LakeSink()
    everything = list(events())
    sink.put(everything)
    sink.put(everything)
    return sink
