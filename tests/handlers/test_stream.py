"""The stream: replays, late batches, poison, one recipient's failure among many."""

import json
import time
from typing import Any

import pytest

from parley.chat.effects import settings as effects
from parley.chat.entries import Body, MessageEntry
from parley.core.errors import Unavailable
from parley.delivery.ports import Delivery
from parley.runtime import dependencies
from tests.handlers import events
from tests.unit.chat.world import DM, World
from workers import stream
from workers.stream import consume


class Clock:
    def __init__(self, world: World) -> None:
        self.world = world
        self.pauses: list[float] = []

    def __call__(self) -> int:
        return self.world.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.world.now += int(seconds * 1000)


@pytest.fixture
def clock(world: World) -> Clock:
    return Clock(world)


def run(event: Any, notifier: dependencies.StreamWorker, clock: Clock) -> list[str]:
    answer = consume(event, notifier, clock, clock.pause)
    return [f["itemIdentifier"] for f in answer["batchItemFailures"]]


def conversation_with(world: World, n: int) -> list[Any]:
    """``n`` conversations, each with a consumer who has a phone and to whom Bob has written."""
    entries = []
    for i in range(n):
        user = f"u{i}"
        world.stored.upsert_user(user, "consumer", "")
        world.register(user, "phone", "fcm", user)
        world.send(world.bob, "m", 0, to=user)
        entries += world.entries.entries[f"dm:bob:{user}"]
    return entries


def test_a_batch_of_many_conversations_pushes_once_to_each(
    world: World, notifier: dependencies.StreamWorker, clock: Clock
):
    entries = conversation_with(world, 5)
    assert run(events.stream(*entries), notifier, clock) == []
    assert {k: len(v) for k, v in world.push.sent.items()} == {f"fcm/u{i}": 1 for i in range(5)}


def test_an_entry_whose_time_lies_ahead_holds_up_its_batch_for_no_longer_than_the_grace(
    world: World, notifier: dependencies.StreamWorker, clock: Clock
):
    world.connect(world.bob)
    world.now += 3_600_000
    world.send(world.alice, "m1", 0)
    world.now -= 3_590_000
    others = conversation_with(world, 2)
    assert run(events.stream(*world.entries.entries[DM], *others), notifier, clock) == []
    assert sum(clock.pauses) == 2
    assert [f["entry"]["id"] for f in world.heard(world.bob, "message")] == ["m1", "m1"]


def test_a_batch_delivered_twice_pushes_once(world: World, notifier: dependencies.StreamWorker, clock: Clock):
    event = events.stream(*conversation_with(world, 2))
    run(event, notifier, clock)
    run(event, notifier, clock)
    assert {len(v) for v in world.push.sent.values()} == {1}


def test_a_batch_delivered_late_finds_what_was_confirmed_meanwhile(
    world: World, notifier: dependencies.StreamWorker, clock: Clock
):
    [entry] = conversation_with(world, 1)
    world.mark(world.session("u0", "consumer", "phone"), "dm:bob:u0", delivered=1)
    world.now += 3_600_000
    run(events.stream(entry), notifier, clock)
    assert world.push.sent == {}


def test_one_conversations_failure_is_reported_and_the_others_are_served(
    world: World, notifier: dependencies.StreamWorker, clock: Clock
):
    entries = conversation_with(world, 3)
    world.push.failing["fcm/u1"] = Delivery.LATER
    event = events.stream(*entries)
    assert run(event, notifier, clock) == [event["Records"][1]["dynamodb"]["SequenceNumber"]]
    assert set(world.push.sent) == {"fcm/u0", "fcm/u2"}


def test_an_unreadable_record_is_reported_alone(world: World, notifier: dependencies.StreamWorker, clock: Clock):
    event = events.stream(*conversation_with(world, 2))
    del event["Records"][0]["dynamodb"]["NewImage"]["seq"]
    assert run(event, notifier, clock) == [event["Records"][0]["dynamodb"]["SequenceNumber"]]
    assert set(world.push.sent) == {"fcm/u1"}


def test_an_error_nobody_foresaw_is_reported_too(world: World, notifier: dependencies.StreamWorker, clock: Clock):
    event = events.stream(*conversation_with(world, 1))
    world.stored.advance_summary = None
    assert len(run(event, notifier, clock)) == 1


def test_a_throttled_table_loses_nothing(world: World, notifier: dependencies.StreamWorker, clock: Clock):
    event = events.stream(*conversation_with(world, 1))
    original = world.stored.find

    def throttled(**_: object) -> Any:
        raise Unavailable("throttled")

    world.stored.find = throttled
    assert len(run(event, notifier, clock)) == 1
    world.stored.find = original
    assert run(event, notifier, clock) == []
    assert len(world.push.sent["fcm/u0"]) == 1


def test_the_whole_batch_waits_once_for_live_devices_to_confirm(
    world: World, notifier: dependencies.StreamWorker, clock: Clock
):
    world.connect(world.bob)
    world.now += 10_000
    world.send(world.alice, "m1", 0)
    world.now += 500
    run(events.stream(*world.entries.entries[DM]), notifier, clock)
    assert clock.pauses == [1.5]
    assert len(world.heard(world.bob, "message")) == 2  # one from the send, one from the notifier


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_changes_to_entries_are_not_new_entries(
    world: World, notifier: dependencies.StreamWorker, clock: Clock, name: str
):
    event = events.stream(MessageEntry(DM, 1, 1, "m", "alice", 1, Body("x")))
    event["Records"][0]["eventName"] = name
    assert run(event, notifier, clock) == []
    assert world.stored.summaries == {}


def test_a_burst_is_in_the_order_of_its_seqs_whatever_the_clocks_say(
    world: World, notifier: dependencies.StreamWorker, clock: Clock
):
    world.register("bob", "phone-b", "fcm", "token")
    world.send(world.alice, "m1", 0)
    first, second = (MessageEntry(DM, n, n, f"m{n}", "alice", world.now - n, Body(f"text {n}")) for n in (1, 2))
    assert run(events.stream(second, first), notifier, clock) == []
    assert (world.stored.summaries[DM].seq, world.stored.summaries[DM].preview) == (2, "text 2")
    assert [n.seq for n in world.push.sent["fcm/token"]] == [2]


def test_a_batch_that_has_failed_waits_until_weak_reads_see_what_it_has_written(
    world: World, notifier: dependencies.StreamWorker, clock: Clock
):
    event = events.stream(*conversation_with(world, 1))
    world.push.failing["fcm/u0"] = Delivery.LATER
    assert len(run(event, notifier, clock)) == 1
    assert clock.pauses == [notifier.rules.race_ms / 1000]


def test_the_batchs_line_says_how_many_conversations_it_had_and_how_it_went(
    world: World, notifier: dependencies.StreamWorker, clock: Clock, capsys: pytest.CaptureFixture[str]
):
    run(events.stream(*conversation_with(world, 3)), notifier, clock)
    line = json.loads(capsys.readouterr().out)
    assert (line["conversations"], line["Notified"], line["Pushes"]) == (3, 3, 3)


def test_the_function_goes_by_the_clock_and_gives_the_answer_back(monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []
    monkeypatch.setattr(stream.bootstrap, "stream", lambda environment: "deps")

    def consume(*given: Any) -> dict[str, Any]:
        asked.append(given)
        return {"batchItemFailures": []}

    monkeypatch.setattr(stream, "consume", consume)
    before = time.time() * 1000
    assert stream.handler({"Records": []}, None) == {"batchItemFailures": []}
    [(event, deps, clock, pause)] = asked
    assert (event, deps, pause) == ({"Records": []}, "deps", time.sleep)
    assert before - 1 <= clock() <= time.time() * 1000 + 1


def late(capsys: pytest.CaptureFixture[str]) -> tuple[int, int]:
    """The entries that the notifier has dealt with, and how many of them were late, by its only line."""
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return line["Notified"], line.get("Late", 0)


def test_an_entry_that_reaches_its_recipient_within_five_seconds_is_not_late(
    world: World, notifier: dependencies.StreamWorker, clock: Clock, capsys: pytest.CaptureFixture[str]
):
    [entry] = conversation_with(world, 1)
    world.now += effects.WITHIN_MS
    run(events.stream(entry), notifier, clock)
    assert late(capsys) == (1, 0)


def test_an_entry_that_nobody_was_told_of_for_longer_is_late_but_not_when_it_comes_again(
    world: World, notifier: dependencies.StreamWorker, clock: Clock, capsys: pytest.CaptureFixture[str]
):
    [entry] = conversation_with(world, 1)
    world.now += effects.WITHIN_MS + 1
    run(events.stream(entry), notifier, clock)
    assert late(capsys) == (1, 1)
    run(events.stream(entry), notifier, clock)
    assert late(capsys) == (1, 0), "the push has told of it"


def test_an_entry_that_was_confirmed_is_never_late_and_neither_is_one_for_somebody_without_a_device(
    world: World, notifier: dependencies.StreamWorker, clock: Clock, capsys: pytest.CaptureFixture[str]
):
    [entry] = conversation_with(world, 1)
    world.mark(world.session("u0", "consumer", "phone"), "dm:bob:u0", delivered=1)
    world.stored.upsert_user("v", "consumer", "")
    world.send(world.bob, "m", 0, to="v")
    world.now += 60_000
    run(events.stream(entry, *world.entries.entries["dm:bob:v"]), notifier, clock)
    assert late(capsys) == (2, 0)


def test_what_fails_is_late_once_it_is_too_old(
    world: World, notifier: dependencies.StreamWorker, clock: Clock, capsys: pytest.CaptureFixture[str]
):
    [entry] = conversation_with(world, 1)
    world.push.failing["fcm/u0"] = Delivery.LATER
    assert run(events.stream(entry), notifier, clock)
    assert late(capsys) == (1, 0)
    world.now += effects.WITHIN_MS
    assert run(events.stream(entry), notifier, clock)
    assert late(capsys) == (1, 1)
