"""A run: users, sockets, messages, faults, the time to settle, and then the check of everything."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext

from msgspec import structs

from infra.local.progress import Progress
from infra.local.stack import Local
from parley.chat.aws.log import DynamoLog
from parley.chat.conversations import members_of
from tests.load import faults, latency, plan, verify
from tests.load.clients import people, protocol
from tests.load.clients.fleet import Fleet
from tests.load.clients.protocol import Line
from tests.load.interruption import Interruption
from tests.load.options import Options
from tests.load.progress import Ticker
from tests.load.report import Mark, Outcome
from tests.load.timeline import Delay, Sample, slices

_CONNECTS_PER_SECOND = 150.0
# The local environment lets 200 clients connect per second, and reconnects are added to that.
_READY_LIMIT = 60.0
_OPEN_LIMIT = 300.0
_STALL_LIMIT = 120.0
# If nothing is acknowledged for this long while messages are being written, there is no point in continuing.
_TELL_LIMIT = 120.0
_INTERRUPTED_SETTLE = 15.0
_PAGE = 1_000


class LoadFailed(Exception):
    """The run could not be carried out. The message is one readable line."""


def run(local: Local, options: Options, progress: Progress, interruption: Interruption | None = None) -> Outcome:
    """Carry out a run on a running Parley. With ``interruption``, Ctrl-C ends the writing, and what was written is
    reported.

    Raises:
        LoadFailed, FleetFailed: it could not be carried out. Messages that go wrong are findings in the outcome
            instead.
    """
    with Fleet(options.processes) as fleet:
        return _Run(local, options, progress, fleet, interruption).carry_out()


class _Run:
    def __init__(
        self, local: Local, options: Options, progress: Progress, fleet: Fleet, interruption: Interruption | None
    ) -> None:
        self._local = local
        self._options = options
        self._progress = progress
        self._fleet = fleet
        self._trouble = faults.Trouble(
            local.gateway, faults.schedule(options.seed, options.wanted) if options.faults else []
        )
        self._devices: Counter[str] = Counter()
        self._interruption = interruption
        self._begun = 0.0
        self._samples: list[Sample] = []
        self._marks: list[Mark] = []

    def carry_out(self) -> Outcome:
        options, fleet = self._options, self._fleet
        crowd = plan.people(options.sockets)
        with self._progress.step(f"create {len(crowd):,} users for {options.sockets:,} devices"), Ticker() as ticker:
            seats = people.create(self._local, crowd, ticker.show)
            seats[0] = structs.replace(seats[0], keep_one=options.keep_one)
            self._devices.update(seat.user for seat in seats)
        before = self._local.gateway.stats()
        with self._progress.step(f"open {options.sockets:,} sockets from {options.processes} processes"):
            opened_s = self._open(seats)
        after = self._local.gateway.stats()
        rss = fleet.total(lambda t: t.rss) - sum(fleet.bare)
        with self._interruption.deferred() if self._interruption else nullcontext():
            self._begun = time.monotonic()
            with self._progress.step(self._what()):
                self._talk()
            limit = min(options.settle, _INTERRUPTED_SETTLE) if self._interrupted else options.settle
            with self._progress.step(f"let everything get everywhere, within {limit:.0f} s"):
                talked_s, settled_s = self._settle(limit)
        with self._progress.step("check every message in the log, on every device, and in what every app was told"):
            self._hear_all()
            logs = self._logs()
            # Whoever is interrupted before everything is everywhere cannot tell a lost message from one under way.
            unfinished = self._interrupted and settled_s is None
            findings = [] if unfinished else verify.verify(logs, fleet.records)
        return Outcome(
            options=options,
            messages=fleet.total(lambda t: t.written),
            entries=sum(len(lines) for lines in logs.values()),
            copies=fleet.total(lambda t: t.told),
            users=len(crowd),
            counts=verify.counts(findings),
            findings=findings,
            opened_s=opened_s,
            talked_s=talked_s,
            settled_s=settled_s,
            ack_ms=latency.percentiles([ms for _, ms in fleet.delays.acked]),
            received_ms=latency.percentiles([ms for _, ms in fleet.delays.received]),
            timeline=slices(self._samples, self._since(fleet.delays.acked), self._since(fleet.delays.received)),
            marks=self._marks,
            interrupted=self._interrupted,
            kb_per_socket=rss / 1024 / options.sockets,
            gateway_kb_per_socket=(after.rss_bytes - before.rss_bytes) / 1024 / options.sockets,
            reconnects=fleet.total(lambda t: t.connects) - options.sockets,
            refreshes=sum(record.refreshes for record in fleet.records),
            deaths=self._trouble.deaths(),
        )

    def _what(self) -> str:
        o = self._options
        number = f"{o.wanted:,} messages" if o.seconds is None or o.messages else "messages"
        during = f" for {o.seconds:g} s" if o.seconds else ""
        speed = f"{o.rate:g} a second" if o.rate else f"flat out, {o.in_flight} unacknowledged"
        trouble = f", with faults by seed {o.seed}" if o.faults else ""
        return f"write {number}{during}, {speed}{trouble}"

    def _open(self, seats: Sequence[protocol.Seat]) -> float:
        """Open everybody's sockets, wait until they are live, and return the seconds that this took."""
        fleet, cognito = self._fleet, people.sign_in_at(self._local)
        if not fleet.watch(lambda: fleet.ready, _READY_LIMIT, self._look):
            raise LoadFailed("the client processes do not start")
        begun = time.monotonic()
        assert cognito.url is not None
        fleet.begin(
            seats,
            protocol.Begin(self._local.url, cognito.url, cognito.client_id, cognito.region, [], _CONNECTS_PER_SECOND),
        )
        with Ticker() as ticker:

            def each() -> None:
                self._look()
                ticker.show(f"{self._live:,} of {len(seats):,} sockets live")

            if not fleet.watch(lambda: self._live == len(seats), _OPEN_LIMIT, each):
                raise LoadFailed(f"only {self._live:,} of {len(seats):,} sockets are live after {_OPEN_LIMIT:.0f} s")
        return time.monotonic() - begun

    def _talk(self) -> None:
        """Have all messages written, amid the faults. All of them are, unless acknowledgements cease."""
        options, fleet = self._options, self._fleet
        begun, advanced = self._begun, time.monotonic()
        settled = 0
        hushed = False
        if options.faults:
            self._trouble.begin()
        fleet.talk(options.wanted, options.rate, options.in_flight, options.seed)
        with Ticker() as ticker:

            def each() -> None:
                nonlocal advanced, settled, hushed
                self._look()
                now = time.monotonic()
                if self._settled > settled:
                    advanced, settled = now, self._settled
                over = (now - begun) / options.seconds if options.seconds else 0.0
                if not hushed and (over >= 1 or now - advanced > _STALL_LIMIT or self._interrupted):
                    fleet.tell(protocol.Hush())
                    hushed = True
                ticker.show(self._state(now - begun))
                share = settled / options.wanted
                if step := self._trouble.recipient(max(over, share)):
                    self._marks.append(Mark(now - begun, str(step)))
                    ticker.line(f"{max(over, share):4.0%}  {step}")

            fleet.watch(lambda: fleet.talked == options.processes, float("inf"), each)
        if options.faults:
            self._trouble.end()

    def _settle(self, limit: float) -> tuple[float, float | None]:
        """Return the seconds until the last ack, and from now until all is everywhere (None if it is late)."""
        fleet, begun, now = self._fleet, self._begun, time.monotonic()
        until = now + limit
        acked_at: float | None = None
        expected = sum(
            messages * sum(self._devices[user] for user in members_of(conversation) or ())
            for conversation, messages in fleet.written.items()
        )
        with Ticker() as ticker:

            def each() -> None:
                nonlocal acked_at
                self._look()
                if acked_at is None and self._settled == self._written:
                    acked_at = time.monotonic()
                ticker.show(f"{self._state(time.monotonic() - begun)}, {self._told:,} of {expected:,} copies")

            each()
            all_is_still = fleet.watch(lambda: self._still(expected), until - time.monotonic(), each)
        # What the notifier still has in hand might double what is there.
        settled = all_is_still and self._local.settled(max(until - time.monotonic(), 0))
        end = time.monotonic()
        return (acked_at or end) - begun, end - now if settled else None

    def _still(self, expected: int) -> bool:
        everybody = self._options.sockets
        return (
            self._settled == self._written
            and self._told >= expected
            and self._live == everybody
            and self._fleet.total(lambda t: t.idle) == everybody
        )

    def _hear_all(self) -> None:
        fleet = self._fleet
        fleet.tell(protocol.Tell())
        if not fleet.watch(lambda: fleet.done == self._options.processes, _TELL_LIMIT, lambda: None):
            raise LoadFailed("the client processes do not hand over what they observed")

    def _logs(self) -> dict[str, list[Line]]:
        """Return every conversation in which anything was written, as it is stored."""
        outputs = self._local.outputs
        log = DynamoLog(self._local.dynamodb, outputs["LogTable"], outputs["DirectoryTable"])
        found: dict[str, list[Line]] = {}
        for conversation in self._fleet.written:
            lines = found[conversation] = []
            more, last = True, 0
            while more:
                entries, more = log.after(conversation, last, _PAGE)
                lines += [Line(e.seq, e.id, e.sender, protocol.checksum(e.body.text)) for e in entries]
                last = entries[-1].seq if entries else last
        return found

    def _look(self) -> None:
        if not self._local.alive():
            raise LoadFailed(f"the local Parley has ended by itself; see {self._local.place.path}")
        if self._begun:
            self._samples.append(Sample(time.monotonic() - self._begun, self._written, self._live))

    def _since(self, delays: Sequence[Delay]) -> list[Delay]:
        return [(at - self._begun, ms) for at, ms in delays]

    def _state(self, seconds: float) -> str:
        speed = self._settled / seconds if seconds > 0 else 0.0
        return (
            f"{self._written:,} written, {self._settled:,} acknowledged ({speed:.0f}/s),"
            f" {self._live:,} of {self._options.sockets:,} sockets live"
        )

    @property
    def _interrupted(self) -> bool:
        return self._interruption is not None and self._interruption.asked

    @property
    def _live(self) -> int:
        return self._fleet.total(lambda t: t.live)

    @property
    def _written(self) -> int:
        return self._fleet.total(lambda t: t.written)

    @property
    def _settled(self) -> int:
        return self._fleet.total(lambda t: t.settled)

    @property
    def _told(self) -> int:
        return self._fleet.total(lambda t: t.told)
