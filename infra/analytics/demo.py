"""A month that never was, for looking at the report: users who come, write, wait for answers, and stay away again.

Everything is drawn from one seed, and goes the way of real events: as happenings through ``parley.analytics.recording``
into the same documents. Two months are made, so that the first day of the report has a month before it.

What is assumed: sessions follow the hours and days of an office that is also open on Saturdays. A fifth of the
consumers come once only, and the others stay for a month and a half on average. A provider answers after a time with a
lognormal distribution, median a quarter of an hour, but not at night.
"""

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random

from msgspec import Struct

from parley.analytics import recording
from parley.analytics.memory import MemorySubjects
from parley.analytics.model import Happening, Kind
from parley.analytics.ports import Sink
from parley.chat.memory import MemoryDirectory

DAYS = 62
_PROVIDERS = 36
_HOURS = (1, 0, 0, 0, 0, 1, 4, 10, 22, 30, 32, 28, 24, 26, 28, 28, 26, 24, 22, 20, 16, 11, 6, 3)
_WEEKDAYS = (1.1, 1.0, 1.0, 1.05, 0.95, 0.55, 0.3)
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_BATCH = 5_000
_SORTS = (("image", 800_000), ("image", 1_900_000), ("audio", 260_000), ("video", 9_000_000), ("application", 400_000))


class _Consumer(Struct):
    user: str
    leaves: int
    eager: float
    providers: list[str]


class _Talk(Struct):
    """A conversation: its tail, and each member's delivered, read and pushed marks."""

    name: str
    tail: int = 0
    marks: dict[tuple[str, Kind], int] = {}


class _Month:
    def __init__(self, seed: int, last: date) -> None:
        self.random = Random(seed)  # noqa: S311 - nothing here is secret
        self.start = int(datetime.combine(last - timedelta(days=DAYS - 1), datetime.min.time(), UTC).timestamp()) * 1000
        self.end = self.start + DAYS * _DAY
        self.numbers = itertools.count()
        self.happenings: list[Happening] = []
        self.talks: dict[str, _Talk] = {}
        self.roles: dict[str, str] = {}
        self.due: list[tuple[int, int, Callable[[int], None]]] = []

    def tell(self, kind: Kind, at: int, user: str, **more: object) -> None:
        self.happenings.append(Happening(f"{next(self.numbers):024x}", kind, at, user, **more))  # type: ignore[arg-type]

    def later(self, at: int, act: Callable[[int], None]) -> None:
        if at < self.end:
            heapq.heappush(self.due, (at, next(self.numbers), act))

    def moment(self, day: int) -> int:
        hour = self.random.choices(range(24), _HOURS)[0]
        return self.start + day * _DAY + hour * _HOUR + self.random.randrange(_HOUR)

    def run(self) -> None:
        consumers: list[_Consumer] = []
        providers = [f"provider-{n}" for n in range(_PROVIDERS)]
        for user in providers:
            self.join(user, "provider", self.moment(self.random.randrange(4)))
        for day in range(DAYS):
            weekday = _WEEKDAYS[(self.start // _DAY + day + 3) % 7]  # the epoch was a Thursday
            newcomers = round(self.random.gauss((60 if day == 0 else 7 + day / 12) * weekday, 1.5))
            for _ in range(max(newcomers, 0)):
                consumers.append(self.newcomer(day, len(consumers), providers))
            for provider in providers:
                self.shift(provider, day, weekday)
            for consumer in consumers:
                if consumer.leaves >= day and self.random.random() < consumer.eager * weekday:
                    self.later(self.moment(day), lambda at, c=consumer: self.visit(c, at))  # type: ignore[misc]
        while self.due:
            at, _, act = heapq.heappop(self.due)
            act(at)

    def join(self, user: str, role: str, at: int) -> None:
        self.roles[user] = role
        self.tell("joined", at, user)

    def newcomer(self, day: int, number: int, providers: list[str]) -> _Consumer:
        stays = 0 if self.random.random() < 0.2 else 1 + int(self.random.expovariate(1 / 45))
        eager = min(self.random.lognormvariate(-1.5, 0.7), 0.95)
        known = self.random.sample(providers, k=self.random.choice((1, 1, 2, 3)))
        consumer = _Consumer(f"consumer-{number}", day + stays, eager, known)
        at = self.moment(day)
        self.join(consumer.user, "consumer", at)
        self.later(at + _MINUTE, lambda now: self.visit(consumer, now))
        return consumer

    def shift(self, provider: str, day: int, weekday: float) -> None:
        if self.random.random() < 0.85 * min(weekday, 1):
            for hour in (8, 10, 13, 15, 17):
                at = self.start + day * _DAY + hour * _HOUR + self.random.randrange(_HOUR)
                self.socket(provider, at, self.random.randrange(40 * _MINUTE, 115 * _MINUTE))

    def socket(self, user: str, at: int, lasts: int) -> None:
        name = f"socket-{next(self.numbers)}"
        self.tell("connected", at, user, subject=name)
        if self.random.random() < 0.97:  # the end of some is never seen
            self.tell("disconnected", at + lasts, user, subject=name)

    def visit(self, consumer: _Consumer, at: int) -> None:
        self.socket(consumer.user, at, self.random.randrange(2 * _MINUTE, 25 * _MINUTE))
        for talk in [t for t in self.talks.values() if t.name.startswith(f"dm:{consumer.user}:")]:
            self.mark(talk, "read", consumer.user, at + 5_000)
        if self.random.random() < 0.6:
            other = self.random.choice(consumer.providers)
            talk = self.talks.setdefault(other + consumer.user, _Talk(f"dm:{consumer.user}:{other}"))
            for n in range(self.random.choice((1, 1, 2, 3))):
                self.write(talk, consumer.user, other, at + (n + 1) * self.random.randrange(8_000, 50_000))
            if self.random.random() < 0.93:
                delay = int(self.random.lognormvariate(2.7, 1.4) * _MINUTE)
                self.later(self.awake(at + delay), lambda now: self.answer(talk, other, consumer.user, now))

    def awake(self, at: int) -> int:
        hour = at % _DAY // _HOUR
        if 7 <= hour < 21:
            return at
        morning = at - at % _DAY + (_DAY if hour >= 21 else 0) + 7 * _HOUR
        return morning + self.random.randrange(3 * _HOUR)

    def answer(self, talk: _Talk, provider: str, consumer: str, at: int) -> None:
        self.mark(talk, "read", provider, at - 3_000)
        for n in range(self.random.choice((1, 1, 1, 2))):
            self.write(talk, provider, consumer, at + n * 20_000)
        if self.random.random() < 0.45:  # the consumer is still there, or is back at once
            self.later(
                at + self.random.randrange(5_000, 8 * _MINUTE), lambda now: self.mark(talk, "read", consumer, now)
            )
        else:
            self.later(at + 30_000, lambda now: self.mark(talk, "pushed", consumer, now))

    def write(self, talk: _Talk, sender: str, other: str, at: int) -> None:
        talk.tail += 1
        with_media = self.random.random() < 0.06
        if talk.tail == 1:
            self.tell("started", at, sender, conversation=talk.name, seq=1)
        length = 0 if with_media else int(self.random.lognormvariate(3.8, 0.8))
        detail = "media" if with_media else "text"
        self.tell("message", at, sender, conversation=talk.name, seq=talk.tail, size=length, detail=detail)
        if with_media:
            sort, size = self.random.choice(_SORTS)
            self.tell(
                "media", at, sender, subject=f"m{next(self.numbers)}", detail=sort,
                size=int(size * self.random.lognormvariate(0, 0.5)),
            )  # fmt: skip
        delay = self.random.randrange(200, 3_000) if self.random.random() < 0.7 else self.random.randrange(3 * _HOUR)
        seq = talk.tail
        if (
            self.random.random() < 0.96
        ):  # the device of the others is off; a later mark covers the message, if there is one
            self.later(at + delay, lambda now: self.mark(talk, "delivered", other, now, seq))

    def mark(self, talk: _Talk, kind: Kind, user: str, at: int, seq: int = 0) -> None:
        seq, prior = seq or talk.tail, talk.marks.get((user, kind), 0)
        if seq > prior:
            talk.marks = {**talk.marks, (user, kind): seq}
            self.tell(kind, at, user, conversation=talk.name, seq=seq, prior=prior)


def seed(sink: Sink, last: date, number: int = 1) -> int:
    """Record the two months up to and including the day ``last``, and return how many events they have."""
    month = _Month(number, last)
    month.run()
    directory = MemoryDirectory()
    for user, role in month.roles.items():
        directory.upsert_user(user, role, "")  # type: ignore[arg-type]
    ports = recording.Ports(MemorySubjects(directory), sink)
    within = [h for h in month.happenings if h.at < month.end]
    return sum(recording.record(within[n : n + _BATCH], ports).events for n in range(0, len(within), _BATCH))
