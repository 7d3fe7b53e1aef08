"""A conversation between a consumer and a provider over real sockets, with each step observed from the outside."""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from parley_client import Client, Receipt, Received, Sent, State, StateChanged, TypingChanged

from infra.local.emulator import HOST
from infra.local.expect import LIMIT, NotSeen, Watch, until
from infra.local.progress import Progress
from infra.local.proxy import Wire
from infra.local.pushes import Push
from infra.local.stack import Local, User

CATEGORY = "law"
"""Where Ben is listed."""


class Pair(NamedTuple):
    """The two users who talk."""

    consumer: User
    provider: User


def create_pair(local: Local, word: str = "") -> Pair:
    """Create two users by sign-up and confirmation. An operator's grant makes one of them a provider.

    ``word`` makes their addresses others than those of an earlier pair. The first provider is listed in a category, so
    that users who sign up can find somebody to talk with.
    """
    ada, ben = (f"{name}{f'-{word}' if word else ''}@example.com" for name in ("ada", "ben"))
    pair = Pair(local.create_user("Ada", "consumer", ada), local.create_user("Ben", "provider", ben))
    if not word:
        local.change_profile(pair.provider, category=CATEGORY, business="Ben's Law Office")
    return pair


async def show(local: Local, pair: Pair, progress: Progress) -> None:
    """Run the whole conversation, and print a line for every step.

    Raises:
        NotSeen: a step was not observed.
    """
    async with AsyncExitStack() as held:
        home = Path(held.enter_context(tempfile.TemporaryDirectory(dir=local.place.temporary)))
        wire = await held.enter_async_context(Wire(urlsplit(local.url).port or 80))
        with progress.step("Ada and Ben connect, each with a token from the Cognito pool"):
            through_wire = _at_port(local.url, wire.port)
            ada = await held.enter_async_context(await _client(local, pair.consumer, through_wire, home / "ada"))
            await ada.sees(StateChanged, "her connection", _is_live)
            ben = await held.enter_async_context(await _client(local, pair.provider, local.url, home / "ben"))
            await ben.sees(StateChanged, "his connection", _is_live)
        with progress.step("Ada's phone registers for pushes"):
            device, token = ada.client.store.device, f"phone-{pair.consumer.id}"
            endpoint = await asyncio.to_thread(local.register, pair.consumer, device, token)
        await _talk(ada, ben, pair, progress)
        with progress.step("the notifier has seen it all, and sends no push: both were there"):
            await _settle(local)
            _pushes(local, endpoint, 0)
        await _lose_and_find(local, ada, ben, pair, wire, endpoint, progress)
        with progress.step("Ada's phone is released, and gets no more pushes"):
            await asyncio.to_thread(local.unregister, pair.consumer, device)


async def _talk(ada: Watch, ben: Watch, pair: Pair, progress: Progress) -> None:
    consumer, provider = pair.consumer.id, pair.provider.id
    await _say(ada, provider, "Hello Ben, are you free on Friday?", 1, "Ada", progress)
    with progress.step("… which reaches Ben's app"):
        await ben.sees(Received, "her message", _number(1))
    with progress.step("Ada sees ✓✓: it is delivered"):
        await ada.sees(Receipt, "that it was delivered", _marked(provider, delivered=1))
    with progress.step("Ben opens it, and Ada sees that it is read"):
        ben.client.mark_read(consumer)
        await ada.sees(Receipt, "that it was read", _marked(provider, read=1))
    with progress.step("Ben is typing, and Ada sees it"):
        ben.client.typing(consumer)
        await ada.sees(TypingChanged, "that he is typing", lambda e: e.user == provider and e.typing)
    await _say(ben, consumer, "Friday at ten?", 2, "Ben", progress)
    with progress.step("… which reaches Ada's app, and she reads it"):
        await ada.sees(Received, "his answer", _number(2))
        ada.client.mark_read(provider)
        await ben.sees(Receipt, "that it was read", _marked(consumer, read=2))
    with progress.step("Ben asks who is there: Ada is online"):
        await _expect_online(ben, consumer)


async def _lose_and_find(
    local: Local, ada: Watch, ben: Watch, pair: Pair, wire: Wire, endpoint: str, progress: Progress
) -> None:
    consumer = pair.consumer.id
    with progress.step("Ada's connection is cut without a goodbye; the server still believes that she is online"):
        wire.cut()
        await _expect_online(ben, consumer)
    away = ada.now
    await _say(ben, consumer, "Or rather at eleven.", 3, "Ben", progress)
    await _say(ben, consumer, "Bring the old contract, please.", 4, "Ben", progress)
    with progress.step("one push is sent to her phone, for both messages"):
        push = await until(lambda: _newest_push(local, endpoint), "a push")
        _check_push(push, pair.provider.name)
        await _settle(local)
        _pushes(local, endpoint, 1)
    progress.line(f"      “{push.title}” · badge {push.badge} · collapses as {push.collapse}")
    with progress.step("Ada is back, and both messages are there, in order"):
        wire.mend()
        ada.client.nudge()
        for seq in (3, 4):
            await ada.sees(Received, f"message {seq}", _number(seq), away)
        await ada.sees(StateChanged, "her connection", _is_live, away)
        held = [e.seq for e in ada.client.store.entries(ada.client.store.conversations()[0].id)]
        if held != [1, 2, 3, 4]:
            raise NotSeen(f"Ada has the messages {held}, not 1 to 4")
    with progress.step("she reads them, Ben sees that, and there was no other push"):
        ada.client.mark_read(pair.provider.id)
        await ben.sees(Receipt, "that they were read", _marked(consumer, read=4))
        await _settle(local)
        _pushes(local, endpoint, 1)


async def _client(local: Local, user: User, url: str, home: Path) -> Watch:
    async def token() -> str:
        return await asyncio.to_thread(local.token, user)

    return Watch(await Client.open(url, token, home), user.name)


async def _say(who: Watch, to: str, text: str, seq: int, name: str, progress: Progress) -> None:
    with progress.step(f"{name}: “{text}” – stored, and acknowledged as number {seq}"):
        message = await who.client.send(to, text)
        sent = await who.sees(Sent, "the ack", lambda e: e.id == message)
        if sent.seq != seq:
            raise NotSeen(f"the message was acknowledged as number {sent.seq}, not {seq}")


async def _expect_online(ben: Watch, user: str) -> None:
    answer = await ben.client.presence([user])
    if answer is None or not answer[user].online:
        raise NotSeen("Ben did not see that Ada is online")


async def _newest_push(local: Local, endpoint: str) -> Push | None:
    sent = local.pushes.sent(endpoint)
    return sent[-1] if sent else None


def _check_push(push: Push, sender: str) -> None:
    if push.badge != 2:
        raise NotSeen(f"the push has badge {push.badge}, not 2")
    if push.title != sender:
        raise NotSeen(f"the push is titled {push.title!r}, not {sender!r}")


async def _settle(local: Local) -> None:
    if not await asyncio.to_thread(local.settled, LIMIT):
        raise NotSeen("the notifier did not deal with what was said")


def _pushes(local: Local, endpoint: str, expected: int) -> None:
    sent = len(local.pushes.sent(endpoint))
    if sent != expected:
        raise NotSeen(f"there were {sent} pushes, not {expected}")


def _number(seq: int) -> Callable[[Received], bool]:
    return lambda event: event.entry.seq == seq


def _marked(user: str, delivered: int = 0, read: int = 0) -> Callable[[Receipt], bool]:
    return lambda event: event.user == user and event.delivered >= delivered and event.read >= read


def _is_live(event: StateChanged) -> bool:
    return event.state is State.LIVE


def _at_port(url: str, port: int) -> str:
    return urlunsplit(urlsplit(url)._replace(netloc=f"{HOST}:{port}"))
