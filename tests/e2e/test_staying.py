"""``make run`` as a place to develop against: addresses, users and messages stay, however it ended."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from parley_client import Client, Cognito, CognitoTokens, Received, Rest, Sent, State, StateChanged

from infra.local import workspace
from infra.local.expect import Watch
from tests.e2e.deployment import is_remote

ROOT = Path(__file__).parents[2]
PASSWORD = "Aa1-correct-horse"


class Run:
    """``make run`` at a port, which can be killed and started again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> dict[str, str]:
        """Start it, and return the settings for apps."""
        environment = {**os.environ, "PARLEY_PORT": str(self.port), "DEMO": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.local.run"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "Up in" in line:
                return self.ask("settings.json")
        raise AssertionError("".join(said))

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port + 1}/{path}", timeout=20) as answer:
            return json.load(answer)

    def disturb(self, **body: str) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port + 1}/dev/faults",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own address
            return json.load(answer)

    def kill(self) -> None:
        """kill -9, of the program that was started."""
        self._process.kill()
        self._process.wait()

    def kill_emulator(self) -> None:
        """kill -9, of the embedded AWS: nobody has the time to save anything."""
        for child in psutil.Process(self._process.pid).children():
            if "infra.local.emulator_main" in child.cmdline():
                os.killpg(child.pid, signal.SIGKILL)
        self._process.wait(30)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)


@pytest.fixture
def run() -> Iterator[Run]:
    if is_remote():
        pytest.skip("is about the program of a laptop")
    made = Run(_two_free_ports())
    yield made
    made.stop()
    workspace.forget(workspace.at(made.port))


def _two_free_ports() -> int:
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = first.getsockname()[1]
        with contextlib.suppress(OSError, OverflowError), socket.create_server(("127.0.0.1", port + 1)):
            return port


def _tokens(settings: dict[str, str], email: str, password: str) -> CognitoTokens:
    cognito = Cognito(settings["clientId"], url=settings["cognitoUrl"])
    return CognitoTokens(cognito, cognito.sign_in(email, password))


@contextlib.asynccontextmanager
async def _connected(settings: dict[str, str], tokens: CognitoTokens, home: Path) -> AsyncIterator[Watch]:
    async with Watch(await Client.open(settings["socketUrl"], tokens, home), "the client") as watch:
        yield watch


def _sign_up(run: Run, settings: dict[str, str], email: str) -> CognitoTokens:
    """Sign up as any Cognito library does, with the code that a developer sees."""
    cognito = Cognito(settings["clientId"], url=settings["cognitoUrl"])
    cognito.sign_up(email, PASSWORD, "Eve")
    [code] = run.ask(f"dev/codes?email={email}")["codes"]
    cognito.confirm_sign_up(email, code["code"])
    return _tokens(settings, email, PASSWORD)


def test_nothing_is_lost_from_start_to_start(run: Run, tmp_path: Path) -> None:
    settings = run.start()
    ben = json.loads((workspace.at(run.port).state / "people.json").read_bytes())[1]

    async def scene() -> None:
        tokens = _sign_up(run, settings, "eve@example.com")
        async with Rest(settings["httpUrl"], tokens) as rest:
            assert (await rest.read_me()).name == "Eve"
            assert [provider.user async for provider in rest.list_providers("law")] == [ben["id"]]
        async with _connected(settings, tokens, tmp_path / "eve") as eve:
            await _say(eve, ben["id"], "one", 1)
            await asyncio.to_thread(run.kill)
            waiting = await eve.client.send(ben["id"], "two")
            assert await asyncio.to_thread(run.start) == settings
            eve.client.nudge()
            assert (await eve.sees(Sent, "the second ack", lambda e: e.id == waiting)).seq == 2

            await _say(eve, ben["id"], "three", 3)
            await asyncio.to_thread(run.kill_emulator)
            assert await asyncio.to_thread(run.start) == settings
            eve.client.nudge()
            await _say(eve, ben["id"], "four", 4)
            await _disturb(run, eve, ben["id"])

        async with _connected(settings, _tokens(settings, ben["email"], ben["password"]), tmp_path / "ben") as other:
            await other.sees(Received, "the last message", lambda e: e.entry.seq == 6)
            conversation = other.client.store.conversations()[0].id
            assert [e.text for e in other.client.store.entries(conversation)] == [
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
            ]

    asyncio.run(scene())


async def _disturb(run: Run, eve: Watch, ben: str) -> None:
    """A frame that comes twice is stored once, and a socket that is cut is replaced."""
    assert await asyncio.to_thread(run.disturb, user=eve.client.user, action="double_frame") == {"sockets": 1}
    await _say(eve, ben, "five", 5)
    [before] = (await asyncio.to_thread(run.ask, "dev/connections"))["connections"]
    assert (before["user"], before["believed"]) == (eve.client.user, False)
    away = eve.now
    await asyncio.to_thread(run.disturb, connection=before["connection"], action="lose_disconnect")
    await eve.sees(StateChanged, "that she is cut off", lambda e: e.state is not State.LIVE, away)
    eve.client.nudge()
    await _say(eve, ben, "six", 6)
    believed = [c["believed"] for c in (await asyncio.to_thread(run.ask, "dev/connections"))["connections"]]
    assert False in believed


async def _say(who: Watch, to: str, text: str, seq: int) -> None:
    message = await who.client.send(to, text)
    assert (await who.sees(Sent, f"the ack of {text!r}", lambda e: e.id == message)).seq == seq
