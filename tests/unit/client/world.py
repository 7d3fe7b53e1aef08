"""A server that keeps the domain's promises, a network that keeps none, and clients between them, in virtual time."""

import heapq
import itertools
import json
import random
from dataclasses import dataclass, field
from typing import Any

import msgspec
from parley_client import steps
from parley_client.events import Event
from parley_client.session import Session
from parley_client.store import MemoryStore, Store
from parley_client.values import Outgoing, address

import chat.errors
import chat.mark
import chat.presence
import chat.send
import chat.sync
import chat.typing
from chat import frames
from chat.errors import ParleyError
from chat.memory import InTurn, MemoryDirectory, MemoryLog
from chat.model import Connection
from chat.model import Session as Authorized
from chat.ports import Delivery

RULES = chat.send.Rules(any_pair=True)


@dataclass
class Faults:
    """Chances, each in [0, 1), of what may befall a frame or a command; ``delay`` is the longest, in seconds."""

    lost: float = 0.0
    doubled: float = 0.0
    refused: float = 0.0
    closed: float = 0.0
    delay: float = 0.05


@dataclass(order=True)
class _Scheduled:
    at: float
    number: int
    call: Any = field(compare=False)


class World:
    """The clock, the network and the server."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.now = 1_000.0
        self.random = random.Random(seed)
        self.faults = faults or Faults()
        self.directory = MemoryDirectory()
        self.log = MemoryLog(self.directory)
        self.devices: dict[str, Device] = {}
        self._queue: list[_Scheduled] = []
        self._numbers = itertools.count()

    def at(self, when: float, call: Any) -> None:
        heapq.heappush(self._queue, _Scheduled(max(when, self.now), next(self._numbers), call))

    def run(self, until: float) -> None:
        while self._queue and self._queue[0].at <= until:
            scheduled = heapq.heappop(self._queue)
            self.now = scheduled.at
            scheduled.call()
        self.now = until

    def happens(self, chance: float) -> bool:
        return self.random.random() < chance

    def ms(self) -> int:
        return int(self.now * 1000)

    # -- chat.ports.Sockets

    def post(self, connections: Any, frame: bytes) -> list[Delivery]:
        return [self._post(c, frame) for c in connections]

    def _post(self, connection: str, frame: bytes) -> Delivery:
        name, _, attempt = connection.rpartition("-")
        device = self.devices[name]
        if device.server_side != int(attempt):
            return Delivery.GONE
        device.carry_down(int(attempt), frame.decode())
        return Delivery.DONE

    def close(self, connections: Any) -> None:
        assert not connections  # the network ends sockets here, and the server never does

    # -- the entrance

    def answer(self, device: "Device", attempt: int, text: str) -> str | None:
        if json.loads(text)["action"] == "ping":
            return '{"type":"pong"}'
        session = Authorized(device.user, "provider", device.name, f"{device.name}-{attempt}", self.ms() + 10**7)
        try:
            if self.happens(self.faults.refused):
                raise chat.errors.Unavailable("bad luck")
            frame = self._command(frames.parse(text), session)
        except ParleyError as error:
            frame = frames.refusal(error, frames.id_of(text))
        return None if frame is None else frames.encode(frame).decode()

    def _command(self, command: frames.AnyCommand, session: Authorized) -> frames.AnyFrame | None:
        match command:
            case frames.Send():
                ports = chat.send.Ports(self.log, self.directory, self, InTurn())
                return chat.send.send(command, session, self.ms(), ports, RULES).ack
            case frames.Sync():
                return chat.sync.sync(command, session, chat.sync.Ports(self.log, self.directory, InTurn()))
            case frames.Mark():
                needs = chat.mark.Ports(self.log, self.directory, self, InTurn())
                return chat.mark.mark(command, session, self.ms(), needs).ack
            case frames.Typing():
                chat.typing.typing(command, session, self.ms(), chat.typing.Ports(self.directory, self))
                return None
            case frames.Presence():
                return chat.presence.presence(command, session, self.ms(), self.directory)

    def notify(self) -> None:
        """As the notifier does: what a member has not confirmed is offered again, and again."""
        for membership in list(self.directory.members.values()):
            behind = self.log.entries.get(membership.conversation, [])[membership.delivered :]
            for entry in [e for e in behind if e.sender != membership.user]:
                reach = self.directory.reaches[membership.user]
                self.post([c.id for c in reach.connections], frames.encode(frames.Message(entry=entry)))

    def server_log(self, user: str) -> dict[str, list[dict[str, Any]]]:
        """What every device of the user should hold in the end."""
        mine = [c for (u, c) in self.directory.members if u == user]
        return {c: [msgspec.to_builtins(e) for e in self.log.entries[c]] for c in mine}


class Device:
    """A shell over a session, in virtual time; it may crash at any moment, and keeps but its store."""

    def __init__(self, world: World, user: str, name: str, store: Store | None = None) -> None:
        self.world, self.user, self.name = world, user, name
        self.store = store or MemoryStore(user, name)
        self.events: list[Event] = []
        self.sent: list[str] = []
        self.server_side: int | None = None
        world.devices[name] = self
        world.directory.enrol(user, "provider", user)
        self.generation = 0
        self._attempts = 0
        self.boot()

    def boot(self) -> None:
        """Start, from what the store holds."""
        self.generation += 1
        self.session = Session(self.user, self.store.load())
        self._base = self._attempts
        self.step(steps.Start())

    def crash(self) -> None:
        self._server_forgets()
        self.boot()

    def say(self, where: str, text: str, message_id: str) -> None:
        conversation, to = address(self.user, where)
        self.step(steps.Say(Outgoing(message_id, conversation, to, text)))

    def step(self, given: steps.Input) -> None:
        world = self.world
        out = self.session.step(given, world.now, world.random.random())
        if out.writes:
            self.store.apply(out.writes)
        for effect in out.effects:
            self._do(effect)
        self.events += out.events
        due = self.session.deadline()
        if due is not None:
            assert due > world.now, f"a deadline that does not lie ahead, after {given}"
            generation = self.generation
            world.at(due, lambda: self._tick(generation, due))

    def _tick(self, generation: int, due: float) -> None:
        if generation == self.generation and self.session.deadline() == due:
            self.step(steps.Tick())

    def _do(self, effect: steps.Effect) -> None:
        world, generation = self.world, self.generation
        number = self._base + effect.attempt
        self._attempts = max(self._attempts, number)
        match effect:
            case steps.FetchToken(attempt):
                self._later(steps.GotToken(attempt, "token", self.user), generation)
            case steps.Open(attempt):
                world.at(world.now + self._delay(), lambda: self._open(generation, attempt, number))
            case steps.Close():
                self._server_forgets()
            case steps.Transmit(attempt, text):
                self.sent.append(text)
                assert len(text.encode()) <= frames.FRAME_LIMIT
                if world.happens(world.faults.closed):
                    self._later(steps.Closed(attempt, 1001), generation)
                elif not world.happens(world.faults.lost):
                    world.at(world.now + self._delay(), lambda: self._arrive(attempt, number, text))

    def _open(self, generation: int, attempt: int, number: int) -> None:
        if generation != self.generation or attempt != self.session.attempt:
            return
        self.server_side = number
        connection = Connection(f"{self.name}-{number}", self.name, self.world.ms(), self.world.ms() + 10**7)
        self.world.directory.attach(self.user, "provider", connection)
        self.step(steps.Opened(attempt))

    def _arrive(self, attempt: int, number: int, text: str) -> None:
        # Also from a socket that has closed since: API Gateway has taken the frame, and Lambda carries it out.
        answer = self.world.answer(self, number, text)
        if answer is not None:
            self.carry_down(number, answer)

    def carry_down(self, number: int, text: str) -> None:
        """A frame to the device: late, lost, twice, before those that were sent before it."""
        world, generation = self.world, self.generation
        attempt = number - self._base
        if world.happens(world.faults.lost):
            return
        for _ in range(2 if world.happens(world.faults.doubled) else 1):
            self._later(steps.Heard(attempt, text), generation)

    def _later(self, given: steps.Input, generation: int) -> None:
        self.world.at(
            self.world.now + self._delay(), lambda: self.step(given) if generation == self.generation else None
        )

    def _delay(self) -> float:
        return 0.001 + self.world.random.random() * self.world.faults.delay

    def _server_forgets(self) -> None:
        if self.server_side is not None:
            self.world.directory.detach(self.user, [f"{self.name}-{self.server_side}"], self.world.ms())
            self.server_side = None
