"""User data under races and deaths: a count without gaps, no change overwritten unnoticed, every device the same."""

from random import Random
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.accounts import user_data
from parley.accounts.memory import MemoryData
from parley.accounts.model import DataIndex
from parley.core.errors import BadRequest, Conflict, ParleyError, TooLarge, Unavailable
from parley.core.writes import Occupied
from tests.unit.chat.world import World
from tests.unit.interleaving import Died, Invocation, Stepped

KEYS = ("a", "b", "c")


class Device:
    """A device that holds what it was told by pages, and by live frames, some of which it never gets."""

    def __init__(self) -> None:
        self.version = 0
        self.held: dict[str, tuple[int, Any]] = {}

    def take(self, key: str, version: int, value: Any, *, deleted: bool) -> None:
        if version > self.held.get(key, (0, None))[0]:
            self.held[key] = (version, None if deleted else value)

    def catch_up(self, world: World, ports: user_data.Ports) -> None:
        cursor = ""
        while True:
            page = user_data.since(world.alice, self.version, cursor, ports)
            if page.reset:
                self.held = {}
            for d in page.changes:
                self.take(**user_data.shown(d))
            cursor = page.cursor
            if not cursor:
                self.version = page.version
                return

    @property
    def shown(self) -> dict[str, Any]:
        return {k: v for k, (_, v) in self.held.items() if v is not None}


def ports_of(world: World, data: Any) -> user_data.Ports:
    return user_data.Ports(data=data, connections=world.directory, sockets=world.sockets)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ports(world: World) -> user_data.Ports:
    return ports_of(world, MemoryData(world.stored))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_racing_counters_lose_no_increment(seed: int):
    choices, world = Random(seed), World()
    stored = MemoryData(world.stored)

    def increment(invocation: Invocation) -> str:
        ports = ports_of(world, Stepped(stored, invocation))
        index = ports.data.index("alice")
        held = ports.data.values("alice", ["n"]).get("n")
        if (held.version if held else 0) != index.kept.get("n", 0):
            return "torn"
        value = msgspec.json.decode(held.value) if held and held.value else 0
        try:
            user_data.put(world.alice, "n", value + 1 + invocation_number(invocation), index.kept.get("n", 0), 0, ports)
        except Conflict:
            return "conflict"
        return "done"

    numbers: dict[int, int] = {}

    def invocation_number(invocation: Invocation) -> int:  # no two may write the same, which would be a repetition
        return numbers.setdefault(id(invocation), 10 ** (1 + len(numbers)))

    running = [Invocation(increment) for _ in range(choices.randint(2, 5))]
    while any(not i.done for i in running):
        choices.choice([i for i in running if not i.done]).step()
    assert not [i.error for i in running if i.error]
    done = [i for i in running if i.result == "done"]
    value = user_data.since(world.alice, 0, "", ports_of(world, stored)).changes
    total = msgspec.json.decode(value[0].value) if value and value[0].value else 0
    assert total == sum(1 + numbers[id(i)] for i in done)
    assert stored.index("alice").version == len(done)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_device_ends_with_the_same_however_changes_race_die_and_are_forgotten(seed: int):
    choices, world = Random(seed), World()
    stored = MemoryData(world.stored)
    plain = ports_of(world, stored)
    devices = [Device() for _ in range(3)]
    wrote = 0

    def change(invocation: Invocation) -> None:
        nonlocal wrote
        key, ports = choices.choice(KEYS), ports_of(world, Stepped(stored, invocation))
        if choices.random() < 0.4:
            user_data.remove(world.alice, key, None, 0, ports)
        else:
            wrote += 1
            user_data.put(world.alice, key, wrote, None, 0, ports)

    with (
        patch("parley.accounts.user_data.PAGE", choices.randint(1, 3)),
        patch("parley.accounts.user_data.MOST_DELETED", choices.randint(0, 2)),
    ):
        running: list[Invocation] = []
        for _ in range(choices.randint(1, 40)):
            if choices.random() < 0.3 and len([i for i in running if not i.done]) < 3:
                running.append(Invocation(change))
            if choices.random() < 0.2:
                choices.choice(devices).catch_up(world, plain)
            waiting = [i for i in running if not i.done]
            if waiting:
                choices.choice(waiting).step(choices.choice(["", "", "", "", "before", "after"]))
        for i in running:
            while not i.done:
                i.step()
        assert all(i.error is None or isinstance(i.error, Died | Unavailable) for i in running)
        for device in devices:
            device.catch_up(world, plain)
    index = stored.index("alice")
    kept = {k: msgspec.json.decode(d.value or "") for k, d in stored.values("alice", KEYS).items()}
    assert set(kept) == set(index.kept)
    assert all(d.shown == kept for d in devices)
    versions = [*index.kept.values(), *index.deleted.values()]
    assert len(set(versions)) == len(versions)


def test_a_change_between_pages_is_not_missed(world: World, ports: user_data.Ports):
    for n in range(3):
        user_data.put(world.alice, f"k{n}", n, 0, 0, ports)
    with patch("parley.accounts.user_data.PAGE", 2):
        first = user_data.since(world.alice, 0, "", ports)
        assert ([d.key for d in first.changes], first.version) == (["k0", "k1"], 2), "and not what is still to come"
        user_data.put(world.alice, "k0", "new", None, 0, ports)
        second = user_data.since(world.alice, 0, first.cursor, ports)
    assert [(d.key, d.version) for d in second.changes] == [("k2", 3), ("k0", 4)]
    assert (second.version, second.cursor) == (4, "")


def test_a_device_ahead_of_a_restored_table_begins_anew(world: World, ports: user_data.Ports):
    user_data.put(world.alice, "k", 1, 0, 0, ports)
    page = user_data.since(world.alice, 7, "", ports)
    assert (page.reset, [d.key for d in page.changes], page.version) == (True, ["k"], 1)


def test_who_is_up_to_date_gets_nothing(world: World, ports: user_data.Ports):
    user_data.put(world.alice, "k", 1, 0, 0, ports)
    assert user_data.since(world.alice, 1, "", ports) == user_data.Changes([], 1, reset=False, cursor="")


def test_repeating_a_change_that_was_made_is_no_conflict(world: World, ports: user_data.Ports):
    made = user_data.put(world.alice, "k", {"a": 1}, 0, 0, ports)
    assert user_data.put(world.alice, "k", {"a": 1}, 0, 0, ports) == made
    with pytest.raises(Conflict) as refused:
        user_data.put(world.alice, "k", {"a": 2}, 0, 0, ports)
    assert refused.value.current == {"key": "k", "version": 1, "deleted": False, "value": {"a": 1}}


def test_a_key_too_many_is_refused_until_one_is_deleted(world: World, ports: user_data.Ports):
    for n in range(user_data.MOST_KEYS):
        user_data.put(world.alice, f"k{n}", n, 0, 0, ports)
    with pytest.raises(BadRequest):
        user_data.put(world.alice, "more", 1, 0, 0, ports)
    user_data.put(world.alice, "k0", "again", None, 0, ports)
    user_data.remove(world.alice, "k1", None, 0, ports)
    user_data.put(world.alice, "more", 1, 0, 0, ports)


def nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "\ud800", nested(33), {"a": [nested(31)]}])
def test_what_is_not_json_or_too_deep_is_refused(world: World, ports: user_data.Ports, value: Any):
    with pytest.raises(BadRequest):
        user_data.put(world.alice, "k", value, 0, 0, ports)
    assert ports.data.index("alice").version == 0


def test_a_value_has_a_limit_in_bytes(world: World, ports: user_data.Ports):
    user_data.put(world.alice, "k", "é" * (user_data.MOST_BYTES // 2 - 1), 0, 0, ports)
    with pytest.raises(TooLarge):
        user_data.put(world.alice, "k", "é" * (user_data.MOST_BYTES // 2), None, 0, ports)


def test_under_lasting_contention_it_says_when_to_come_back(
    world: World, ports: user_data.Ports, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ports.data, "store", lambda *_: Occupied(DataIndex()))
    with pytest.raises(ParleyError) as refused:
        user_data.put(world.alice, "k", 1, 0, 0, ports)
    assert (refused.value.code, refused.value.retry_after) == ("unavailable", 1)


def test_a_key_that_was_deleted_and_kept_again_is_listed_once(world: World, ports: user_data.Ports):
    user_data.put(world.alice, "k", 1, 0, 0, ports)
    user_data.remove(world.alice, "k", None, 0, ports)
    user_data.put(world.alice, "k", 2, None, 0, ports)
    index = ports.data.index("alice")
    assert (index.kept, index.deleted) == ({"k": 3}, {})
    assert [(d.key, d.version, d.value) for d in user_data.since(world.alice, 1, "", ports).changes] == [("k", 3, "2")]
    user_data.remove(world.alice, "k", None, 0, ports)
    index = ports.data.index("alice")
    assert (index.kept, index.deleted) == ({}, {"k": 4})
    assert [(d.key, d.version, d.value) for d in user_data.since(world.alice, 1, "", ports).changes] == [("k", 4, None)]


def test_a_listing_that_starts_over_knows_of_the_deletions_that_it_leaves_out(world: World, ports: user_data.Ports):
    user_data.put(world.alice, "a", 1, 0, 0, ports)
    user_data.put(world.alice, "b", 2, 0, 0, ports)
    user_data.remove(world.alice, "b", None, 0, ports)
    page = user_data.since(world.alice, 0, "", ports)
    assert ([d.key for d in page.changes], page.version, page.cursor) == (["a"], 3, "")
