"""The promises under races, retries, lost answers and deaths: dense order, exactly once, whole syncs."""

from dataclasses import dataclass, field
from random import Random
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from chat import frames, send
from chat.memory import InTurn
from chat.model import Session
from tests.unit.chat.interleave import Died, Invocation, StaleLog, Stepped
from tests.unit.chat.world import DM, World


@dataclass
class Device:
    """A client that sends its messages one after the other, each again until it is acknowledged."""

    session: Session
    messages: list[str]
    acked: dict[str, int] = field(default_factory=dict)
    known: int = 0
    running: list[Invocation] = field(default_factory=list)

    @property
    def next(self) -> str | None:
        return next((m for m in self.messages if m not in self.acked), None)


class Race:
    def __init__(self, choices: Random) -> None:
        self.choices = choices
        self.world = World()
        self.world.rules = send.Rules(burst=10_000)
        self.log = self.world.log = self.world.entries = StaleLog(self.world.stored)
        self.devices = [
            Device(self.world.session(user, role, f"d{i}"), [f"{user}-{i}-{n}" for n in range(choices.randint(0, 4))])
            for i, (user, role) in enumerate((("alice", "consumer"), ("alice", "consumer"), ("bob", "provider")))
        ]
        self.world.connect(*(d.session for d in self.devices))

    def run(self) -> None:
        faults = 0
        while any(d.next for d in self.devices):
            device = self.choices.choice([d for d in self.devices if d.next])
            frames_out = [i for i in device.running if not i.done]
            # The same frame may be under way twice: a client that timed out, or a doubled frame.
            if not frames_out or (len(frames_out) < 2 and self.choices.random() < 0.3):
                device.running.append(self.start(device))
                continue
            invocation = self.choices.choice(frames_out)
            self.log.lag = self.choices.randint(0, 3)
            die = self.choices.choice(["", "", "", "", "before", "after"]) if faults < 12 else ""
            faults += bool(die)
            invocation.step(die)
            if invocation.done:
                self.ended(device, invocation)
        for device in self.devices:
            for invocation in device.running:
                while not invocation.done:
                    invocation.step()

    def start(self, device: Device) -> Invocation:
        message, after = device.next, device.known
        assert message

        def call(invocation: Invocation) -> tuple[str, int]:
            ports = send.Ports(
                log=Stepped(self.log, invocation),
                directory=Stepped(self.world.directory, invocation),
                sockets=Stepped(self.world.sockets, invocation),
                together=InTurn(),
            )
            command = frames.Send(id=message, after=after, to="bob" if device.session.user == "alice" else "alice",
                                  body=frames.Content(text=message))  # fmt: skip
            sent = send.send(command, device.session, self.world.now, ports, self.world.rules)
            assert isinstance(sent.ack.seq, int)
            return message, sent.ack.seq

        return Invocation(call)

    def ended(self, device: Device, invocation: Invocation) -> None:
        if isinstance(invocation.error, Died):
            return
        if invocation.error:
            raise invocation.error
        message, seq = invocation.result
        if self.choices.random() < 0.7:  # else the answer is lost on its way
            assert device.acked.setdefault(message, seq) == seq
            device.known = max(device.known, seq)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_racing_retried_and_dying_sends_give_one_dense_order_with_everything_once(seed: int):
    race = Race(Random(seed))  # a draw per step would cost hypothesis more than the whole run
    race.run()
    stored = race.log.entries.get(DM, [])
    assert [e.seq for e in stored] == list(range(1, len(stored) + 1))
    assert [e.count for e in stored] == [e.seq for e in stored]
    assert sorted(e.id for e in stored) == sorted(m for d in race.devices for m in d.messages)
    for device in race.devices:
        mine = [e for e in stored if e.id in device.messages]
        assert [e.id for e in mine] == device.messages  # in the order in which they were written
        assert {e.id: e.seq for e in mine} == device.acked


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    held=st.lists(st.integers(0, 30), min_size=6, max_size=6),
    page=st.integers(1, 7),
    conversations=st.integers(1, 3),
)
def test_a_sync_in_any_pages_gives_exactly_what_is_missing(
    counts: list[int], held: list[int], page: int, conversations: int
):
    world = World()
    world.rules = send.Rules(burst=10_000)
    since: dict[str, int] = {}
    for i, count in enumerate(counts):
        world.stored.enrol(f"u{i}", "consumer", "")
        by = world.session(f"u{i}", "consumer", "d")
        for n in range(count):
            world.send(by, f"m{n}", n, to="bob")
        if held[i]:
            since[f"dm:bob:u{i}"] = min(held[i], count)
    with (
        patch("chat.sync.PAGE_ENTRIES", page),
        patch("chat.sync.PAGE_CONVERSATIONS", conversations),
        patch("chat.sync.SKIM", page),
    ):
        pages = world.sync_all(world.bob, since)
    got = [(e.conversation, e.seq) for p in pages for e in p.entries]
    expected = [
        (name, seq)
        for i, count in enumerate(counts)
        for name in [f"dm:bob:u{i}"]
        for seq in range(since.get(name, 0) + 1, count + 1)
    ]
    assert got == expected
    assert [c.conversation for p in pages for c in p.conversations] == sorted(
        f"dm:bob:u{i}" for i in range(len(counts))
    )
