"""Lambda's event source on the log's stream: batches in order, late, doubled, halved, partial; and what is given up."""

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from infra.local import stream
from infra.local.stream import Answer, Batch, Record
from parley.chat.aws import items
from parley.chat.entries import Entry
from tests.simulation.cloud.lambdas import Invocation
from workers.stream import consume

if TYPE_CHECKING:
    from tests.simulation.world import World

_LIMIT = 60.0
_RULES = stream.rules(
    {
        "BatchSize": 6,
        "MaximumBatchingWindowInSeconds": 2,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 10,
        "MaximumRecordAgeInSeconds": 21_600,
    }
)
"""The template's rules, except for a batch size that a small run can fill."""


class Source:
    """One shard. It handles one batch at a time, and nothing newer before that one is done."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._new: deque[Record] = deque()
        self._waiting: deque[Batch] = deque()
        self._number = 0
        self._busy = False
        self.patient = False
        """Whether each batch takes the whole window. Otherwise it ends earlier, and in a third of cases at once."""
        self.given_up: list[Batch] = []
        """What is in the dead-letter queue."""

    @property
    def idle(self) -> bool:
        return not (self._busy or self._new or self._waiting)

    def add(self, entry: Entry) -> None:
        """Add an entry that has been stored."""
        self._number += 1
        image = items.entry_item(entry)
        change = {
            "ApproximateCreationDateTime": self._world.clock.now,
            "Keys": {"conversation": image["conversation"], "seq": image["seq"]},
            "NewImage": image,
            "SequenceNumber": str(self._number),
        }
        self._new.append({"eventID": str(self._number), "eventName": "INSERT", "dynamodb": change})
        self._go_on()

    def redrive(self) -> None:
        """Have the batches in the dead-letter queue delivered again, as an operator would."""
        self._waiting.extend(Batch(b.records) for b in self.given_up)
        self.given_up.clear()
        self._go_on()

    def _go_on(self) -> None:
        if self._busy or not (self._new or self._waiting):
            return
        self._busy = True
        world = self._world
        if self._waiting:
            pause = min(0.1 * 2 ** self._waiting[0].failures, 5.0)
        elif world.happens("stream_late"):
            pause = 60 * world.random.random()
        else:
            pause = _RULES.window
            if not self.patient:
                pause *= max(1.5 * world.random.random() - 0.5, 0)
        world.clock.later(pause, self._try)

    def _try(self) -> None:
        if not self._waiting:
            some = min(len(self._new), _RULES.batch_size)
            self._waiting.append(Batch(tuple(self._new.popleft() for _ in range(some))))
        batch, aged = stream.split_by_age(self._waiting.popleft(), self._world.clock.now, _RULES)
        if aged.discarded:
            self.given_up.append(aged.discarded)
        if batch is None:
            self._busy = False
            self._go_on()
            return
        world = self._world
        entries = [items.entry(r["dynamodb"]["NewImage"]) for r in batch.records]
        about = tuple({e.conversation: "" for e in entries})
        watch = world.watch(entries)

        def body(invocation: Invocation, now: int) -> Any:
            watch.begins(invocation)
            skew = now / 1000 - world.clock.now
            event = {"Records": batch.records}
            return consume(event, world.notifying, lambda: int((world.clock.now + skew) * 1000), world.clock.sleep)

        world.lambdas.invoke("notifier", about, _LIMIT, body, partial(self._tried, batch, watch))

    def _tried(self, batch: Batch, watch: Any, returned: Any, error: BaseException | None) -> None:
        world = self._world
        if error is None and world.happens("stream_unanswered"):
            world.ledger.count("stream answer lost")
            error = TimeoutError()
        decision = stream.decide(batch, Answer(type(error).__name__ if error else None, returned), _RULES)
        again = [r for b in decision.again for r in b.records]
        given_up = list(decision.discarded.records) if decision.discarded else []
        if len(decision.again) > 1:
            world.ledger.count("batches halved")
        elif decision.again and len(again) < len(batch.records):
            world.ledger.count("batches done in part")
        if decision.discarded:
            world.ledger.count("batches given up")
            self.given_up.append(decision.discarded)
        undone = {stream.sequence(r) for r in [*again, *given_up]}
        watch.ended([stream.sequence(r) not in undone for r in batch.records])
        self._waiting.extendleft(reversed(decision.again))
        if not undone and world.happens("stream_doubled"):
            world.ledger.count("batches doubled")
            if world.random.random() < 0.5:
                self._waiting.appendleft(Batch(batch.records))
            else:
                world.clock.later(world.random.random() * 120, self._again, batch)
        self._busy = False
        self._go_on()

    def _again(self, batch: Batch) -> None:
        self._waiting.append(Batch(batch.records))
        self._go_on()
