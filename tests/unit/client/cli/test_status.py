"""The line before the prompt: who is online or typing, and whether there is a connection."""

import asyncio

import pytest
from parley_client.cli import status as module
from parley_client.cli.display_names import DisplayNames
from parley_client.cli.status import Status
from parley_client.protocol import wire
from parley_client.protocol.events import Receipt, Received, State, StateChanged, TypingChanged
from parley_client.protocol.values import Online

from tests.unit.client.driver import ME, TALK, YOU, entry

on_a_loop = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further


PEER = "3f2a91bc-0000-4000-8000-000000000001"


def test_the_prompt_names_the_other_with_their_presence_and_says_when_we_are_not_connected():
    shown: list[str] = []
    status = Status(TALK, PEER, shown.append, DisplayNames())
    status.presence(Online(online=False, seen=None))
    status.event(StateChanged(State.LIVE))
    status.event(TypingChanged(TALK, PEER, typing=True))
    status.presence(Online(online=True, seen=None))
    status.presence(None)
    status.event(TypingChanged(TALK, PEER, typing=False))
    assert shown == [
        "[not connected] ",
        "3f2a91bc (offline) ",
        "3f2a91bc (online, typing…) ",
        "3f2a91bc (online, typing…) ",
        "3f2a91bc (online, typing…) ",
        "3f2a91bc (online) ",
    ]


def said_by(sender):
    return Received(wire.entry(entry(1, sender)))


@pytest.mark.parametrize("sign", [TypingChanged(TALK, YOU, typing=True), said_by(YOU), Receipt(TALK, YOU, 1, 0)])
def test_a_sign_of_life_is_presence_before_the_next_question_and_unless_it_is_of_the_past(sign):
    shown: list[str] = []
    status = Status(TALK, YOU, shown.append, DisplayNames())
    status.event(sign)  # this is part of what was missed
    status.event(TypingChanged(TALK, YOU, typing=False))
    status.event(StateChanged(State.LIVE))
    assert shown[-1] == f"{YOU} "
    status.presence(Online(online=False, seen=None))
    assert shown[-1] == f"{YOU} (offline) "
    status.event(sign)
    status.event(TypingChanged(TALK, YOU, typing=False))
    assert shown[-1] == f"{YOU} (online) "


def test_what_we_do_or_others_elsewhere_is_no_sign_of_the_other():
    shown: list[str] = []
    status = Status(TALK, YOU, shown.append, DisplayNames())
    status.event(StateChanged(State.LIVE))
    status.presence(Online(online=False, seen=None))
    for event in (said_by(ME), Receipt(TALK, ME, 1, 1), TypingChanged("dm:me:zoe", "zoe", typing=True)):
        status.event(event)
    assert shown[-1] == f"{YOU} (offline) "


def test_presence_from_before_a_break_is_not_shown_after_it():
    shown: list[str] = []
    status = Status(TALK, YOU, shown.append, DisplayNames())
    status.presence(Online(online=True, seen=None))
    for state in (State.LIVE, State.WAITING, State.LIVE):
        status.event(StateChanged(state))
    assert shown[1:] == [f"{YOU} (online) ", "[not connected] ", f"{YOU} "]


def test_attempts_to_connect_are_one_prompt_that_changes():
    shown: list[str] = []
    status = Status(TALK, YOU, shown.append, DisplayNames())
    for pause in (1.0, 2.4):
        status.event(StateChanged(State.WAITING, pause, "no network"))
    assert shown == [f"[not connected; next attempt in {n} s] " for n in (1, 2)]


@on_a_loop
def test_presence_is_asked_for_again_as_soon_as_there_is_a_connection_again():
    class Asked:
        times = 0

        async def presence(self, users):
            self.times += 1
            return {YOU: Online(online=True, seen=None)}

    async def scenario():
        status, asked = Status(TALK, YOU, lambda _: None, DisplayNames()), Asked()
        asking = asyncio.create_task(status.keep_asking(asked))
        for expected in (1, 2):
            async with asyncio.timeout(5):
                while asked.times < expected:
                    await asyncio.sleep(0.001)
            status.event(StateChanged(State.LIVE))
        asking.cancel()

    asyncio.run(scenario())


@on_a_loop
def test_presence_is_asked_for_every_10_seconds_and_sooner_after_a_question_without_an_answer(monkeypatch):
    answers = [{YOU: Online(online=True, seen=None)}, None, {YOU: Online(online=False, seen=None)}]
    pauses: list[float] = []

    class Asked:
        async def presence(self, users):
            assert users == [YOU]
            return answers.pop(0)

    async def passed(waiting, timeout):
        waiting.close()
        pauses.append(timeout)
        if not answers:
            raise asyncio.CancelledError
        raise TimeoutError

    monkeypatch.setattr(module.asyncio, "wait_for", passed)
    status = Status(TALK, YOU, lambda _: None, DisplayNames())
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(status.keep_asking(Asked()))
    assert pauses == [10, 1, 10]
