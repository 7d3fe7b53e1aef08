"""Faults set the alarms off, and the alarms are over when the faults are: real handlers on ports in memory that fail,
their own lines, and the templates' own alarms.
"""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from parley.core.aws.errors import translated
from parley.delivery.ports import Delivery
from parley.runtime import dependencies
from realtime.message import message
from tests.handlers import events
from tests.handlers.cloudwatch import CloudWatch
from tests.handlers.conftest import replace
from tests.unit.chat.world import DM, World
from tests.unit.infra.templates.watched import Metric
from workers.stream import consume

MINUTE_MS = 60_000
SENDS_A_MINUTE = 10


def of_function(metric: str, function: str) -> Metric:
    return Metric("AWS/Lambda", metric, (("FunctionName", function),))


class Log:
    """A Log whose table is throttled: DynamoDB refuses to write, or the code that asks it is broken."""

    def __init__(self, log: Any, error: Exception) -> None:
        self._log = log
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def append(self, *_: Any, **__: Any) -> Any:
        with translated():
            raise self._error


THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "PutItem")
BROKEN = ZeroDivisionError()


class Site:
    """An environment with the clock in the test's hands: people write, and the notifier runs."""

    def __init__(
        self, world: World, deps: dependencies.Message, notifier: dependencies.StreamWorker, written: Any
    ) -> None:
        self.world = world
        self.deps = deps
        self.notifier = notifier
        self.watch = CloudWatch()
        self.behind_ms = 0
        """How old entries are when the notifier gets to them."""
        self._healthy = deps
        self._written = written
        self._sent = 0
        world.register("alice", "phone", "fcm", "a")
        world.register("bob", "phone", "fcm", "b")

    def break_log(self, error: Exception | None) -> None:
        self.deps = replace(self.deps, log=Log(self.world.log, error)) if error else self._healthy

    def minute(self, sends: int = SENDS_A_MINUTE, *, look: bool = True) -> set[str]:
        """A minute passes. Return the alarms that are on at its end, if they are looked at."""
        for _ in range(sends):
            self.world.now += MINUTE_MS // max(sends, 1)
            self._send()
        self.world.now += MINUTE_MS if not sends else 0
        self.watch.take(self._written(), self.world.now / 1000)
        return self.watch.alarmed(self.world.now / 1000) if look else set()

    def minutes(self, n: int, sends: int = SENDS_A_MINUTE) -> set[str]:
        """Several pass. Return every alarm that was on at the end of any of them."""
        seen: set[str] = set()
        for _ in range(n):
            seen |= self.minute(sends)
        return seen

    def until(self, alarm: str, *, on: bool, limit: int) -> int:
        """Let minutes pass until the alarm is on, or off, and return how many."""
        for n in range(1, limit + 1):
            if (alarm in self.minute()) is on:
                return n
        raise AssertionError(f"{alarm} is not {'on' if on else 'off'} after {limit} minutes")

    def invoked(self, function: str, *, error: bool = False) -> None:
        """What Lambda publishes about each invocation."""
        for metric, value in (("Invocations", 1), ("Errors", int(error)), ("Throttles", 0)):
            self.watch.put(of_function(metric, function), self.world.now / 1000, value)

    def _send(self) -> None:
        who = (("alice", "consumer"), ("bob", "provider"))[self._sent % 2]
        tail = len(self.world.entries.entries.get(DM, []))
        self._sent += 1
        place = {"conversation": DM} if tail else {"to": "bob" if who[0] == "alice" else "alice"}
        body = {"action": "send", "id": f"m{self._sent}", "after": tail, "body": {"text": "hi"}, **place}
        message(events.frame(body, user=who[0], role=who[1]), self.deps, self.world.now)
        self.invoked("MessageFunction")
        if len(self.world.entries.entries.get(DM, [])) > tail:
            self._notify()

    def _notify(self) -> None:
        """The notifier gets the newest entry when it is due."""
        now, newest = self.world.now, self.world.entries.entries[DM][-1]
        self.world.now += 2_500 + self.behind_ms
        consume(events.stream(newest), self.notifier, lambda: self.world.now, lambda _: None)
        self.invoked("NotifierFunction")
        self.world.now = now


@pytest.fixture
def site(
    world: World,
    deps: dependencies.Message,
    notifier: dependencies.StreamWorker,
    logged: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    world.now = 1_795_417_200_000

    def written() -> list[str]:
        lines = [*capsys.readouterr().out.splitlines(), *logged.getvalue().splitlines()]
        logged.seek(0)
        logged.truncate()
        return lines

    return Site(world, deps, notifier, written)


def test_a_healthy_hour_with_clients_that_err_is_no_alarm(site: Site):
    for _ in range(60):
        assert site.minute() == set()
        message(events.frame("no frame at all"), site.deps, site.world.now)
        site.invoked("MessageFunction")


def test_a_throttled_table_is_an_alarm_within_minutes_and_over_within_minutes(site: Site):
    site.minutes(60)
    site.break_log(THROTTLED)
    assert site.until("answers-fast", on=True, limit=5) <= 2
    assert "failures" not in site.minutes(5), "it is not our code"
    site.break_log(None)
    assert site.until("answers-fast", on=False, limit=10) <= 6, "the short window is five minutes"


def test_a_table_that_is_throttled_now_and_then_burns_the_budget_slowly(site: Site):
    seen: set[str] = set()
    for n in range(6 * 60):
        fault = n % 60 == 59  # 10 of 600 each hour are 1.7 %, 16 times too many
        site.break_log(THROTTLED if fault else None)
        seen |= site.minute(look=fault)
    assert {"answers-slow", "answers-fast"} <= seen
    site.break_log(None)
    site.minutes(31)
    assert not {"answers-slow", "answers-fast"} & site.minute()
    assert "answers-steady" in site.minute(), "three days' budget is spent, and this one stays for hours"


def test_two_failures_at_night_are_no_alarm(site: Site):
    site.break_log(THROTTLED)
    assert site.minutes(2, sends=1) == set()
    assert "answers-fast" in site.minute(sends=1), "three are"


def test_broken_code_is_an_alarm_of_its_own(site: Site):
    site.minutes(10)
    site.break_log(BROKEN)
    assert site.until("failures", on=True, limit=1) == 1
    assert "answers-fast" in site.minute()
    site.break_log(None)
    assert site.until("failures", on=False, limit=10) <= 6


def test_a_function_that_crashes_is_an_alarm_although_it_writes_nothing(site: Site):
    for _ in range(4):
        site.invoked("MessageFunction", error=True)
    assert {"entrance-errors", "answers-fast"} <= site.minute(sends=0)
    site.minutes(6)
    assert not {"entrance-errors", "answers-fast"} & site.minute()


def test_functions_that_are_not_run_are_an_alarm(site: Site):
    site.watch.put(of_function("Throttles", "MessageFunction"), site.world.now / 1000, 5)
    assert {"function-throttles", "answers-fast"} <= site.minute(sends=1)


def test_a_notifier_that_is_behind_is_late_and_in_time_again_when_it_has_caught_up(site: Site):
    site.minutes(60)
    site.behind_ms = 10_000
    assert site.until("deliveries-fast", on=True, limit=15) > 5, "14.4 % of an hour's entries"
    site.behind_ms = 0
    assert site.until("deliveries-fast", on=False, limit=10) <= 6


def test_pushes_that_sns_does_not_take_are_late_once_they_are_old(site: Site):
    for endpoint in ("fcm/a", "fcm/b"):
        site.world.push.failing[endpoint] = Delivery.LATER
    site.behind_ms = 5_000
    assert "deliveries-fast" in site.minutes(2)
    site.world.push.failing.clear()
    site.behind_ms = 0
    site.minutes(6)
    assert "deliveries-fast" not in site.minute()


def test_pushes_that_sns_refuses_are_an_alarm_until_an_hour_after(site: Site):
    site.world.push.failing["fcm/a"] = Delivery.REFUSED
    assert "pushes-refused" in site.minutes(2)
    site.world.push.failing.clear()
    site.minutes(60)
    assert site.minute() == set()


def test_what_only_aws_measures_sets_off_the_other_alarms(site: Site):
    def put(metric: Metric, value: float) -> set[str]:
        site.watch.put(metric, site.world.now / 1000 + 1, value)
        return site.minute()

    lag = of_function("IteratorAge", "NotifierFunction")
    assert "notifier-lag" not in {a for _ in range(4) for a in put(lag, 90_000)}
    assert "notifier-lag" in put(lag, 90_000)
    assert "notifier-lag" not in put(lag, 500)
    queue = Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", (("QueueName", "Undelivered.QueueName"),))
    assert "undelivered" in put(queue, 1)
    site.minutes(6)
    assert "undelivered" in site.minute(), "nothing is known of the queue, and it stays"
    assert "undelivered" not in {*put(queue, 0)}
    for table, units in (("Log", 6_000_000), ("Directory", 3_999_999)):
        assert "read-units" not in put(
            Metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", (("TableName", table),)), units
        )
    index = (("TableName", "Directory"), ("GlobalSecondaryIndexName", "inbox"))
    assert "read-units" in put(Metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", index), 1)
