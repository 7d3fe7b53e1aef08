"""A run that dies, or meets another, a send or an erasure: nothing is lost, and nothing is kept that must not be."""

from typing import Any

import pytest
from msgspec.structs import replace

from parley.accounts.memory import MemoryConversations
from parley.archive import archiving
from tests.unit.archive.attic import Attic, whole
from tests.unit.chat.world import DM


class Failing:
    """Ports of which a call fails: the ``n``-th of all."""

    def __init__(self, n: int, *, afterwards: bool) -> None:
        self.n, self.afterwards, self.calls = n, afterwards, 0

    def wrap(self, port: Any) -> Any:
        outer = self

        class Port:
            def __getattr__(self, name: str) -> Any:
                real = getattr(port, name)

                def call(*args: Any, **more: Any) -> Any:
                    outer.calls += 1
                    if outer.calls == outer.n and not outer.afterwards:
                        raise KeyboardInterrupt
                    result = real(*args, **more)
                    if outer.calls == outer.n:
                        raise KeyboardInterrupt
                    return result

                return call

        return Port()


@pytest.mark.parametrize("afterwards", [False, True])
def test_a_run_may_die_at_any_call_and_the_next_one_completes_it(afterwards: bool):
    for n in range(1, 1_000):
        attic = Attic()
        attic.rules = replace(attic.rules, segment_entries=5)
        attic.talk(12)
        attic.later(200)
        failing = Failing(n, afterwards=afterwards)
        names = archiving.Ports.__struct_fields__
        ports = archiving.Ports(*(failing.wrap(getattr(attic.ports, name)) for name in names))
        try:
            attic.run(ports)
        except KeyboardInterrupt:
            whole(attic)
            attic.later(200)
            attic.run()
            assert attic.left() == [12]
            whole(attic)
            continue
        assert n > 20
        return
    raise AssertionError("it never ends")


def during(attic: Attic, port: str, name: str, do: Any) -> archiving.Ports:
    """The ports, one of whose methods first lets something else happen, once."""
    real = getattr(attic.ports, port)
    pending = [do]

    class Port:
        def __getattr__(self, wanted: str) -> Any:
            method = getattr(real, wanted)

            def call(*args: Any, **more: Any) -> Any:
                if wanted == name and pending:
                    pending.pop()()
                return method(*args, **more)

            return call

    return replace(attic.ports, **{port: Port()})


@pytest.mark.parametrize(
    ("port", "name"),
    [("index", "open"), ("packs", "put_pack"), ("packs", "read"), ("index", "add"), ("schedule", "move")],
)
def test_two_runs_at_once_archive_everything_once(attic: Attic, port: str, name: str):
    attic.rules = replace(attic.rules, segment_entries=5)
    attic.talk(12)
    attic.later(200)
    done = attic.run(during(attic, port, name, attic.run))
    assert done.errors == []
    assert attic.left() == [12]
    segments = attic.world.archive.all[DM]
    assert [(s.first, s.last) for s in segments] == [(1, 5), (6, 10), (11, 11)]
    whole(attic)


@pytest.mark.parametrize(
    ("port", "name"), [("log", "after"), ("packs", "put_pack"), ("index", "add"), ("old_entries", "remove")]
)
def test_a_send_at_the_tail_meanwhile_stands_on_an_entry_that_stays(attic: Attic, port: str, name: str):
    attic.talk(12)
    attic.later(200)
    w = attic.world
    attic.run(during(attic, port, name, lambda: w.send(w.alice, "meanwhile", 12)))
    assert attic.left()[-1] == 13
    whole(attic)
    assert w.send(w.bob, "next", 13).entry.seq == 14
    assert w.send(w.alice, "meanwhile", 12).repeated


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("log", "after"),
        ("index", "open"),
        ("packs", "put_pack"),
        ("packs", "read"),
        ("index", "add"),
        ("old_entries", "remove"),
    ],
)
def test_erasing_meanwhile_leaves_nothing_that_can_be_read(attic: Attic, port: str, name: str):
    attic.talk(12)
    attic.later(200)
    w = attic.world
    conversations = MemoryConversations(w.entries, w.stored, [w.archive.erase])

    def erase() -> None:
        while conversations.erase(DM):
            pass

    assert attic.run(during(attic, port, name, erase)).errors == []
    assert (w.archive.states, w.archive.all, w.schedule.at) == ({}, {}, {})
    assert w.log.after(DM, 0, 99)[0] == []
    assert attic.run().conversations == 0
