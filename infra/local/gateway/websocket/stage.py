"""One stage of an API at work: what its sockets share."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

from infra.local.gateway.functions.pool import Functions
from infra.local.gateway.settings import Faults, Limits
from infra.local.gateway.throttle import Throttle
from infra.local.gateway.websocket.deployed import Api
from infra.local.gateway.websocket.integrations import Integrations
from infra.local.gateway.websocket.sockets import Sockets


class Stage:
    """A stage, and the parts that do its work."""

    def __init__(
        self, api: Api, functions: Functions, integrations: Integrations, sockets: Sockets, limits: Limits
    ) -> None:
        self.api = api
        self.functions = functions
        self.integrations = integrations
        self.sockets = sockets
        self.limits = limits
        self.throttle = Throttle(api.rates)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def faults(self) -> Faults:
        """Return the faults that are to be injected right now."""
        return self.sockets.faults

    def loses(self) -> bool:
        """Return whether this message is to vanish."""
        return random.random() < self.faults.frame_loss  # noqa: S311

    def repeats(self) -> bool:
        """Return whether this message is to be handed on twice."""
        return random.random() < self.faults.frame_repeat  # noqa: S311

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run this work beside everything else, even if the socket ends meanwhile."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
