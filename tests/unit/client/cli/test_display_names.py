"""Other users' display names, which are looked up in the background."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from parley_client.cli import commands, display_names
from parley_client.cli.chat import View
from parley_client.cli.display_names import DisplayNames, fit_name
from parley_client.cli.terminal import Terminal
from parley_client.http.problems import Problem, Unreachable
from parley_client.live import client as clients
from parley_client.live.client import Client
from parley_client.protocol import wire
from parley_client.protocol.events import Received
from parley_client.protocol.store import MemoryStore

from tests.unit.client.cli.test_chat import Server, token
from tests.unit.client.driver import ME, TALK, YOU, entry

pytestmark = pytest.mark.enable_socket  # asyncio wakes itself through a pair of sockets; nothing here goes further
PEER = "3f2a91bc-0000-4000-8000-000000000001"


class Rest:
    """Knows users' names, and can be asked nothing else."""

    def __init__(self, **named):
        self.named, self.asked, self.failure = named, [], None
        self.going = asyncio.Event()
        self.going.set()

    async def read_user(self, user):
        self.asked.append(user)
        await self.going.wait()
        if self.failure:
            raise self.failure
        return SimpleNamespace(name=self.named[user])

    async def list_conversations(self, *, archived=False):
        self.asked.append(archived)
        for user, name in self.named.items():
            yield SimpleNamespace(other=SimpleNamespace(user=user, name=name))


def test_somebody_is_looked_up_once_and_then_known_by_name():
    async def scenario():
        rest = Rest(ben="Ben", zoe="Zoe")
        changed: list[str] = []
        async with DisplayNames(rest) as found:
            found.on_change = lambda: changed.append(found.of("ben"))
            assert (found.of("ben"), found.known("ben")) == ("ben", None)
            assert found.seek(["ben"])
            assert not found.seek(["ben"])
            await found.settle()
            assert (found.of("ben"), found.known("ben"), changed) == ("Ben", "Ben", ["Ben"])
        assert rest.asked == ["ben"]

    asyncio.run(scenario())


def test_without_http_everybody_has_a_short_id():
    async def scenario():
        async with DisplayNames() as found:
            assert not found.seek([PEER])
            found.seek_all()
            await found.settle()
            assert found.of(PEER) == "3f2a91bc"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("failure", "again"),
    [(Unreachable("cut"), True), (ValueError("no token"), True), (Problem(404, {"code": "not_found"}), False)],
)
def test_a_failure_costs_the_name_only_and_what_may_pass_is_asked_again(failure, again):
    async def scenario():
        rest = Rest(ben="Ben")
        rest.failure = failure
        async with DisplayNames(rest) as found:
            found.seek(["ben"])
            await found.settle()
            assert found.of("ben") == "ben"
            rest.failure = None
            assert found.seek(["ben"]) is again

    asyncio.run(scenario())


def test_whoever_could_not_be_seen_is_looked_up_again_with_the_first_message_only():
    async def scenario():
        rest = Rest(ben="Ben")
        rest.failure = Problem(404, {"code": "not_found"})
        async with DisplayNames(rest) as found:
            found.seek(["ben"])
            await found.settle()
            rest.failure = None
            assert found.meet(["ben"])
            await found.settle()
            assert found.of("ben") == "Ben"
            assert not found.meet(["ben"])
        assert rest.asked == ["ben", "ben"]

    asyncio.run(scenario())


@pytest.mark.parametrize("sender", [ME, YOU])
def test_an_entry_is_what_makes_the_other_visible(monkeypatch, sender):
    monkeypatch.setattr(clients.sockets, "Socket", Server)

    async def scenario():
        rest = Rest(**{YOU: "Ben"})
        rest.failure = Problem(404, {"code": "not_found"})
        async with DisplayNames(rest) as found:
            found.seek([YOU])
            await found.settle()
            rest.failure = None
            async with Client("ws://nowhere", token, MemoryStore(ME)) as client:
                view = View(client, TALK, Terminal(as_json=True), found, receipts=False)
                view.event(Received(wire.entry(entry(1, sender))))
                await found.settle()
            assert found.of(YOU) == "Ben"

    asyncio.run(scenario())


def test_nobody_waits_long_for_a_name_and_a_late_one_is_still_taken(monkeypatch):
    monkeypatch.setattr(display_names, "_PATIENCE", 0.05)

    async def scenario():
        rest = Rest(ben="Ben")
        rest.going.clear()
        async with DisplayNames(rest) as found:
            found.seek(["ben"])
            begun = time.monotonic()
            await found.settle()
            assert time.monotonic() - begun < 5
            assert found.of("ben") == "ben"
            rest.going.set()
            await found.settle()
            assert found.of("ben") == "Ben"

    asyncio.run(scenario())


def test_a_name_that_never_comes_does_not_hold_up_the_end():
    async def scenario():
        rest = Rest(ben="Ben")
        rest.going.clear()
        async with asyncio.timeout(5), DisplayNames(rest) as found:
            found.seek(["ben"])
            await asyncio.sleep(0)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ben", "Ben"), ("  Ben\n12:00 me: yes ", "Ben 12 00 me yes"), ("me", ""), (" ME ", ""),
     ("\u200d", ""), ("", ""), ("\x1b[2JBen", "�[2JBen"), ("x" * 99, "x" * 39 + "…"), ("me: sold", "me sold")],
)  # fmt: skip
def test_a_name_passes_neither_for_ones_own_nor_for_another_line(name, shown):
    assert fit_name(name) == shown


def test_conversations_are_listed_by_name_and_with_the_id_that_a_chat_needs(monkeypatch, capsys):
    class Holding(Server):
        def _answer(self, action, said):
            answer = super()._answer(action, said)
            if action == "sync":
                answer["entries"] = [entry(1, YOU)]
                answer["conversations"] = [{"conversation": TALK, "seq": 1}]
            return answer

    monkeypatch.setattr(clients.sockets, "Socket", Holding)

    async def scenario(*, as_json):
        store = MemoryStore(ME)
        rest = Rest(**{YOU: "Yvonne"})
        async with DisplayNames(rest) as found:
            terminal = Terminal(as_json=as_json, name_of=found.of)
            assert await commands.conversations(Client("ws://nowhere", token, store), terminal, found) == 0
        assert sorted(rest.asked) == [False, True]

    asyncio.run(scenario(as_json=False))
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"  Yvonne  {YOU} (1 new)  ")
    assert line.endswith("Yvonne: text 1")
    asyncio.run(scenario(as_json=True))
    assert f'"conversation": "{TALK}", "user": "{YOU}", "name": "Yvonne"' in capsys.readouterr().out


def test_what_arrives_is_told_by_name(monkeypatch, capsys):
    monkeypatch.setattr(clients.sockets, "Socket", Server)

    async def scenario():
        client = Client("ws://nowhere", token, MemoryStore(ME))
        async with DisplayNames(Rest(**{YOU: "Yvonne"})) as found:
            tail = asyncio.create_task(commands.tail(client, Terminal(as_json=False, name_of=found.of), found))
            async with asyncio.timeout(5):
                while "connected" not in capsys.readouterr().err:
                    await asyncio.sleep(0.01)
                await client.send(YOU, "gap")
                told = ""
                while "text 1" not in told:
                    await asyncio.sleep(0.01)
                    told += capsys.readouterr().out
            tail.cancel()
            await asyncio.wait({tail})
        return told

    assert "Yvonne: text 1" in asyncio.run(scenario())
