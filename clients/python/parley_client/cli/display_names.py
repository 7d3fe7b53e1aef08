"""The names of other users, looked up over HTTP in the background."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from types import TracebackType
from typing import Any, Self

from parley_client.cli.terminal import brief, plain, short, width
from parley_client.http.problems import Problem
from parley_client.http.rest import Rest

_PATIENCE = 0.5
"""Seconds that a command may be kept waiting for names."""
_GIVE_UP = 20.0
_LONGEST = 40


class DisplayNames:
    """Display names by user. Nothing here ever fails: a user without a known name is shown by a short id."""

    def __init__(self, rest: Rest | None = None) -> None:
        """The caller closes ``rest``. Without it, nobody has a name."""
        self._rest = rest
        self._known: dict[str, str] = {}
        self._sought: set[str] = set()
        self._hidden: set[str] = set()
        self._seeking: set[asyncio.Task[None]] = set()
        self.on_change: Callable[[], None] = lambda: None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._seeking:
            task.cancel()
        await asyncio.gather(*self._seeking, return_exceptions=True)

    def known(self, user: str) -> str | None:
        """A user's name, made fit for one line of a terminal; None if it is not known."""
        return self._known.get(user)

    def of(self, user: str) -> str:
        """A user's name if it is known, otherwise a short id."""
        return self._known.get(user) or short(user)

    def seek(self, users: Iterable[str]) -> bool:
        """Begin to look up the users who have not been looked up yet. Returns whether there are any."""
        if self._rest is None:
            return False
        new = set(users) - self._sought
        for user in new:
            self._sought.add(user)
            self._begin(partial(self._seek, self._rest, user))
        return bool(new)

    def meet(self, users: Iterable[str]) -> bool:
        """Look up users with whom there is a conversation, again if they could not be seen before there was one."""
        met = self._hidden & set(users)
        self._hidden -= met
        self._sought -= met
        return self.seek(users)

    def seek_all(self) -> None:
        """Begin to look up everybody in the inbox, with as few requests as possible."""
        if self._rest is not None:
            for archived in (False, True):
                self._begin(partial(self._seek_all, self._rest, archived=archived))

    async def settle(self) -> None:
        """Wait for the lookups, for half a second at most; the rest continue in the background."""
        if self._seeking:
            await asyncio.wait(set(self._seeking), timeout=_PATIENCE)

    async def _seek(self, rest: Rest, user: str) -> None:
        try:
            self._learn(user, (await rest.read_user(user)).name)
        except Problem:
            self._hidden.add(user)  # asking again helps only after a first message
        except BaseException:
            self._sought.discard(user)
            raise

    async def _seek_all(self, rest: Rest, *, archived: bool) -> None:
        async for found in rest.list_conversations(archived=archived):
            self._learn(found.other.user, found.other.name)

    def _learn(self, user: str, name: str) -> None:
        if name := fit_name(name):
            self._known[user] = name
            self.on_change()

    def _begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def quietly() -> None:
            # Names are only decoration, so any failure is ignored, from a lost network to a malformed response.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_GIVE_UP):
                    await work()

        task = asyncio.create_task(quietly())
        self._seeking.add(task)
        task.add_done_callback(self._seeking.discard)


def fit_name(name: str) -> str:
    """A name that cannot pass for another line or for the user's own ("me:"); "" if nothing is left of it."""
    fit = brief(" ".join(plain(name).replace(":", " ").split()), _LONGEST)
    return fit if width(fit) and fit.casefold() != "me" else ""
