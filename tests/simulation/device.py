"""A device: the real session machine and a store, in a shell that may be killed at any moment."""

import shutil
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from parley_client.live.sqlite_store import SqliteStore
from parley_client.protocol import effects, events, inputs
from parley_client.protocol.events import Event
from parley_client.protocol.session import Session
from parley_client.protocol.store import MemoryStore, Store
from parley_client.protocol.values import Entry, Outgoing, address

from parley.core.session import Role
from tests.simulation.cloud.gateway import Socket
from tests.simulation.cloud.tokens import Tokens
from tests.simulation.judges.ledger import Said

if TYPE_CHECKING:
    from tests.simulation.world import World


FIRST_GENERATION = "one"
"""The server's generation until it is restored."""


class Device:
    """One app on one device. ``told`` holds what the app was told, without what a crash has kept from it."""

    def __init__(self, world: "World", user: str, role: Role, name: str, files: Path | None) -> None:
        self._world, self.user, self.name = world, user, name
        self._files = files
        self.store: Store = SqliteStore(files / name, user, name) if files else MemoryStore(user, name)
        self.told: list[Event] = []
        self.missed: list[Event] = []
        """Events of steps that were stored, but whose app died before it was told of them."""
        self.tokens = Tokens(user, role, Random(world.random.random()))
        self.session: Session | None = None
        self.push_token = ""
        self._socket: Socket | None = None
        self._number = 0
        self._base = 0
        self._due: float | None = None
        self._images = 0

    @property
    def on(self) -> bool:
        return self.session is not None

    @property
    def live(self) -> bool:
        """Return whether the session believes that it is connected, and has synced."""
        return self.session is not None and self.session.state is events.State.LIVE

    @property
    def unclosed(self) -> bool:
        """Return whether the session believes that it is connected, although nothing can reach it."""
        return self.live and self._socket is not None and self._socket.state == "dead"

    @property
    def socket(self) -> Socket:
        """The socket that the session believes in."""
        assert self._socket is not None
        return self._socket

    @property
    def steady(self) -> bool:
        """Return whether the device is live, and has been for a moment."""
        return self.live and self.socket.state == "open" and self.socket.opened_at < self._world.clock.now - 3

    # -- the app's life

    def start(self) -> None:
        """Start the app, with what its store holds."""
        if self.session is None:
            self.session = Session(self.user, self.store.load())
            self._base = self._number
            self._due = None
            self._step(inputs.Start())

    def die(self) -> None:
        """Kill the app. It keeps its store."""
        if self.session is None:
            return
        self._tell("dies")
        self._world.ledger.count("app crashes")
        self.session = None
        self._hang_up()
        if self._files is not None:
            self.store = self._reopened()

    def _reopened(self) -> Store:
        """Return what the next process finds: the file as it is on the disk at this moment, with its journal."""
        assert self._files is not None
        self._images += 1
        image = self._files / f"{self.name}-{self._images}"
        old = image.with_name(self.name if self._images == 1 else f"{self.name}-{self._images - 1}")
        for end in ("", "-wal"):
            if Path(f"{old}{end}").exists():
                shutil.copyfile(f"{old}{end}", f"{image}{end}")
        self.store.close()
        return SqliteStore(image, self.user, self.name)

    def say(self, whom: str, message_id: str, text: str) -> None:
        """Have the user send a message to another."""
        conversation, to = address(self.user, whom)
        self._step(inputs.SendMessage(Outgoing(message_id, conversation, to, text)))

    def read(self, conversation: str, back: int) -> None:
        """Have the user read everything that is there except the last ``back`` entries."""
        if self.session is not None:
            seq = max(self.session.cursor(conversation) - back, 0)
            self._step(inputs.MarkRead(conversation, seq))

    def wish(self, given: inputs.Input) -> None:
        """Give the session any other input that an app may give it."""
        self._step(given)

    # -- what the network brings

    def opened(self, number: int) -> None:
        self._step_of(number, inputs.SocketOpened(number - self._base))

    def not_opened(self, number: int, status: int | None) -> None:
        self._step_of(number, inputs.SocketFailed(number - self._base, status, "not opened"))

    def closed(self, number: int, code: int | None) -> None:
        self._step_of(number, inputs.SocketClosed(number - self._base, code))

    def heard(self, number: int, text: str) -> None:
        self._step_of(number, inputs.FrameReceived(number - self._base, text))

    def lose_network(self) -> None:
        """Make the socket dead, without the gateway or the app knowing."""
        if self._socket is not None:
            self._world.gateway.vanish(self._socket)

    def lose_socket(self) -> None:
        """Close the socket from outside. Each side may or may not be told."""
        if self._socket is not None:
            self._world.gateway.end(self._socket, 1006)

    def _step_of(self, number: int, given: inputs.Input) -> None:
        if number > self._base:  # meant for an earlier process: nobody hears it; an earlier socket: the session does
            self._step(given)

    # -- the shell

    def _step(self, given: inputs.Input) -> None:
        world, session = self._world, self.session
        if session is None:
            return
        out = session.step(given, world.clock.now, world.random.random())
        crash = world.random.choice(("before", "stored", "done")) if out.writes and world.happens("crashes") else ""
        if crash == "before":
            self.die()
            return
        if out.writes:
            self._apply(given, out.writes)
        if crash == "stored":
            self.missed += out.events
            self.die()
            return
        for effect in out.effects:
            self._do(effect)
        if crash == "done":
            self.missed += out.events
            self.die()
            return
        for event in out.events:
            self._hear_of(event)
        self._schedule(self.session.deadline() if self.session else None)

    def _apply(self, given: inputs.Input, writes: list[effects.Write]) -> None:
        ledger = self._world.ledger
        self.store.apply(writes)
        for write in writes:
            if isinstance(write, effects.AddOutgoing):
                m = write.message
                ledger.said[self.user, m.id] = Said(self.user, self.name, m.conversation, m.id, m.text)
        if isinstance(given, inputs.MarkRead) and given.seq is not None:
            key = (self.user, given.conversation)
            ledger.read[key] = max(ledger.read.get(key, 0), given.seq)

    def _hear_of(self, event: Event) -> None:
        self.told.append(event)
        if self._world.ledger.keep_story and not isinstance(event, events.StateChanged):
            self._tell("is told", event)
        if isinstance(event, events.Rewound):
            self._rewound(event)

    def _rewound(self, event: events.Rewound) -> None:
        """Forget what came after, as an app does."""
        if self._world.generation == FIRST_GENERATION:
            self._world.ledger.violate(f"{self.name} believes that the server was restored: {event}", self.name)
        for told in (self.told, self.missed):
            told[:] = [e for e in told if not (isinstance(e, events.Received) and _is_after(e.entry, event))]

    def _schedule(self, due: float | None) -> None:
        """Keep one tick scheduled, at the session's deadline or before it."""
        if due is not None and (self._due is None or due < self._due):
            if due <= self._world.clock.now:
                self._world.ledger.violate(f"{self.name} has a deadline that does not lie ahead", self.name)
            self._due = due
            self._world.clock.at(due, self._tick, due)

    def _tick(self, due: float) -> None:
        if due != self._due:
            return
        self._due = None
        deadline = self.session.deadline() if self.session else None
        if deadline is not None and deadline <= self._world.clock.now:
            self._step(inputs.Tick())
        else:
            self._schedule(deadline)

    def _do(self, effect: effects.Effect) -> None:
        world = self._world
        match effect:
            case effects.FetchToken(attempt, refused):
                self._number = self._base + attempt
                world.clock.later(world.delay(), self._fetch, self._number, refused)
            case effects.OpenSocket(attempt, token):
                self._socket = world.gateway.open(self, self._base + attempt, token)
            case effects.CloseSocket():
                self._hang_up()
            case effects.SendFrame(_, text):
                if self._socket is not None:
                    world.gateway.send(self._socket, text)

    def _fetch(self, number: int, refused: bool) -> None:
        attempt = number - self._base
        if self._world.happens("no_token"):
            self._step_of(number, inputs.TokenFailed(attempt, refused=False, reason="no network"))
        else:
            token, expires = self.tokens.fetch(
                self._world.clock.now, refused=refused, careless=self._world.happens("old_token")
            )
            self._step_of(number, inputs.TokenFetched(attempt, token, self.user, expires))

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._world.gateway.leave(self._socket)
            self._socket = None

    def _tell(self, *what: object) -> None:
        self._world.ledger.tell((self.user, self.name), self.name, *what)


def _is_after(entry: Entry, rewound: events.Rewound) -> bool:
    return entry.conversation == rewound.conversation and entry.seq > rewound.seq
