"""The client: a session driven by asyncio, with a socket and a store."""

import asyncio
import random
import time
import uuid
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from parley_client.http.tokens import CachingTokenSource, SignInRequired, TokenSource, claims, subject
from parley_client.live import sockets
from parley_client.live.feed import Feed
from parley_client.live.sqlite_store import SqliteStore
from parley_client.protocol import effects, inputs
from parley_client.protocol.constants import COMMAND_TIMEOUT, PRESENCE_LIMIT
from parley_client.protocol.events import Event, PresenceResult, Sent, State
from parley_client.protocol.session import Session
from parley_client.protocol.store import Store, StoreError
from parley_client.protocol.values import Online, Outgoing, address, check_content, is_id


def steady_clock() -> float:
    """Seconds that never go back, and that include the time the machine sleeps if the system can tell."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class ClientStopped(Exception):
    """The client is not running."""


class Client:
    """One user on one device. Use it with ``async with``: it connects, and stays connected until the block ends.

    Read what it holds from ``client.store``. It belongs to the event loop that it was started in.
    """

    def __init__(
        self,
        url: str,
        token: TokenSource,
        store: Store,
        *,
        clock: Callable[[], float] = steady_clock,
        wall_clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Args:
            url: the WebSocket API's address.
            token: called for an access token before each connection.
            store: the user's store, which the client owns from now on and closes when it stops.
            clock: seconds that never go back.
            wall_clock: seconds since the epoch, with which a token's expiry is compared.
            chance: random numbers in [0, 1).

        Raises:
            ValueError: the URL is not valid.
            StoreError: the store cannot be read.
        """
        self.store = store
        self.user = store.user
        self._url = sockets.address(url, store.device)
        self._token = token
        self._clock, self._wall_clock, self._chance = clock, wall_clock, chance
        self._session = Session(store.user, store.load())
        self._inputs: asyncio.Queue[tuple[inputs.Input, asyncio.Future[None] | None]] = asyncio.Queue()
        self._feeds: weakref.WeakSet[Feed] = weakref.WeakSet()
        self._questions: dict[str, asyncio.Future[Mapping[str, Online] | None]] = {}
        self._socket: sockets.Socket | None = None
        self._fetching: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._main: asyncio.Task[None] | None = None
        self._running = False
        self._end: Exception = ClientStopped("the client is not running")

    @classmethod
    async def open(cls, url: str, token: TokenSource, home: Path) -> Self:
        """A client for the token's user, with their file in the directory ``home``, which is created if necessary.

        Raises:
            SignInRequired, or any other error that ``token`` raises.
            ValueError: the URL is not valid, or the token names no user.
            StoreError: the file cannot be used.
        """
        user = subject(await token())
        return cls(url, token, await asyncio.to_thread(open_store, home, user))

    async def __aenter__(self) -> Self:
        self._main = asyncio.create_task(self._run())
        self._running = True
        self._report(inputs.Start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._main is not None  # entered before it is left
        if self._running:
            self._report(inputs.Stop())
        await self._main

    @property
    def state(self) -> State:
        """Where the connection stands."""
        return self._session.state

    @property
    def idle(self) -> bool:
        """Whether every message is acknowledged and no command awaits its answer."""
        return self._session.idle

    def events(self) -> Feed:
        """Events from now on, to be read with ``async for``; each reader gets all of them.

        A reader that falls more than 1,000 events behind loses them and gets ``Refresh`` instead, so that nothing the
        app does keeps the socket waiting. Everything it missed is in the store. The iteration ends with
        ``ClientStopped``, or with the ``StoreError`` that stopped the client.
        """
        feed = Feed()
        self._feeds.add(feed)
        return feed

    async def send(self, where: str, text: str, *, media: Sequence[str] = (), message_id: str | None = None) -> str:
        """Send a message to a user or in a conversation. Returns its id as soon as it is in the store.

        That takes no network: from then on the message survives a crash, and is sent when there is a connection. Its
        progress is reported by ``Queued``, then ``Sent`` or ``Failed``. Repeating a ``message_id`` sends nothing twice.
        ``media`` are ids of files that ``Rest.upload`` uploaded for this conversation; with them the text may be empty.

        Raises:
            ValueError: there is no such user or conversation, or the message could never be sent.
            StoreError, ClientStopped: the message is not stored.
        """
        conversation, to = address(self.user, where)
        check_content(text, tuple(media))
        message_id = message_id or uuid.uuid4().hex
        if not is_id(message_id) or message_id.startswith("_"):
            raise ValueError(f"not a message id: {message_id!r}")
        stored = asyncio.get_running_loop().create_future()
        self._report(inputs.SendMessage(Outgoing(message_id, conversation, to, text, tuple(media))), stored)
        await stored
        return message_id

    def mark_read(self, where: str, seq: int | None = None) -> None:
        """The user has read a conversation, up to ``seq`` or to its end. Raises ValueError if it cannot exist."""
        self._report(inputs.MarkRead(address(self.user, where)[0], seq))

    def typing(self, where: str) -> None:
        """The user has pressed a key; call this for each one. Raises ValueError if the conversation cannot exist."""
        self._report(inputs.KeyPressed(address(self.user, where)[0]))

    def nudge(self) -> None:
        """The network is back, or the app is in the foreground: connect now, or check that the connection is alive."""
        self._report(inputs.Nudge())

    async def presence(self, users: Sequence[str]) -> Mapping[str, Online] | None:
        """Which of at most 100 users are online. None if there is no answer, for example while not connected.

        Raises:
            ValueError: these are not users, or too many.
        """
        if not 0 < len(users) <= PRESENCE_LIMIT or not all(is_id(u) for u in users):
            raise ValueError(f"presence takes 1 to {PRESENCE_LIMIT} user ids")
        question = uuid.uuid4().hex
        answer = self._questions[question] = asyncio.get_running_loop().create_future()
        self._report(inputs.QueryPresence(question, tuple(users)))
        try:
            return await asyncio.wait_for(answer, 2 * COMMAND_TIMEOUT)
        except TimeoutError:
            return None
        finally:
            del self._questions[question]

    # -- the one task that handles every input, one after the other

    def _report(self, given: inputs.Input, done: asyncio.Future[None] | None = None) -> None:
        if not self._running:
            raise self._end
        self._inputs.put_nowait((given, done))

    async def _run(self) -> None:
        done: asyncio.Future[None] | None = None
        try:
            stopped = False
            while not stopped:
                given, done = await self._next()
                stopped = isinstance(given, inputs.Stop)
                await self._take(given)
                if done is not None and not done.done():
                    done.set_result(None)
        except StoreError as error:
            self._end = error
        finally:
            await self._shut_down(done)

    async def _next(self) -> tuple[inputs.Input, asyncio.Future[None] | None]:
        deadline = self._session.deadline()
        try:
            async with asyncio.timeout(None if deadline is None else max(deadline - self._clock(), 0)):
                return await self._inputs.get()
        except TimeoutError:
            return inputs.Tick(), None

    async def _take(self, given: inputs.Input) -> None:
        if isinstance(given, inputs.SendMessage) and (
            entry := await asyncio.to_thread(self.store.sent, given.message.id)
        ):
            self._publish([Sent(entry.id, entry.conversation, entry.seq, entry.at)])
            return
        out = self._session.step(given, self._clock(), self._chance())
        if out.writes:
            await asyncio.to_thread(self.store.apply, out.writes)
        for effect in out.effects:
            self._do(effect)
        self._publish(out.events)

    def _publish(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, PresenceResult):
                question = self._questions.get(event.question)
                if question is not None and not question.done():
                    question.set_result(event.users)
        for feed in self._feeds:
            feed.put(events)

    def _do(self, effect: effects.Effect) -> None:
        match effect:
            case effects.FetchToken(attempt, refused):
                _keep(asyncio.create_task(self._fetch_token(attempt, refused=refused)), self._fetching)
            case effects.OpenSocket(attempt, token):
                self._socket = sockets.Socket(attempt, self._url, token, self._heard)
            case effects.SendFrame(_, text):
                if self._socket is not None:
                    self._socket.transmit(text)
            case effects.CloseSocket():
                if self._socket is not None:
                    _keep(self._socket.close(), self._closing)
                    self._socket = None

    def _heard(self, given: inputs.Input) -> None:
        self._inputs.put_nowait((given, None))

    async def _fetch_token(self, attempt: int, *, refused: bool) -> None:
        try:
            if refused and isinstance(self._token, CachingTokenSource):
                self._token.refused()
            token = await self._token()
        except SignInRequired as error:
            self._heard(inputs.TokenFailed(attempt, refused=True, reason=str(error)))
        except Exception as error:  # noqa: BLE001 — the app's own code: any failure there may pass
            self._heard(inputs.TokenFailed(attempt, refused=False, reason=str(error)))
        else:
            said = claims(token)
            expires = said.get("exp")
            lives = expires - self._wall_clock() if isinstance(expires, int | float) else None
            self._heard(
                inputs.TokenFetched(attempt, token, said.get("sub"), None if lives is None else self._clock() + lives)
            )

    async def _shut_down(self, done: asyncio.Future[None] | None) -> None:
        self._running = False
        if self._socket is not None:
            _keep(self._socket.close(), self._closing)
        for task in self._fetching:
            task.cancel()
        await asyncio.gather(*self._fetching, *self._closing, return_exceptions=True)
        waiting = [done]
        while not self._inputs.empty():
            waiting.append(self._inputs.get_nowait()[1])
        for future in waiting:
            if future is not None and not future.done():
                future.set_exception(self._end)
        for question in self._questions.values():
            if not question.done():
                question.set_result(None)
        for feed in self._feeds:
            feed.end(self._end)
        await asyncio.to_thread(self.store.close)


def _keep(task: asyncio.Task[None], tasks: set[asyncio.Task[None]]) -> None:
    tasks.add(task)  # the loop itself holds tasks only weakly
    task.add_done_callback(tasks.discard)


def open_store(home: Path, user: str) -> SqliteStore:
    """The user's store, a file in a directory that only they can read.

    Raises:
        StoreError: it cannot be used.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make {home}: {error}") from error
    return SqliteStore(home / f"{user}.sqlite", user, uuid.uuid4().hex)
