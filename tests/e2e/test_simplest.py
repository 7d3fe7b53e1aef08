"""docs/simplest/: the simplest correct clients, run as printed, over a wire that is cut and a killed process."""

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from infra.local.proxy import Wire
from infra.local.stack import User
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment
from tests.web.node import WEB, require

pytestmark = pytest.mark.gateway_only  # it is the printed clients that are asked
LIMIT = 90
SIMPLEST = Path("docs/simplest").resolve()
COMMANDS = {
    "python": (sys.executable, str(SIMPLEST / "client.py")),
    "javascript": ("node", "--import", f"{WEB}/tests/e2e/websocket.mjs", str(SIMPLEST / "client.mjs")),
}


class Running:
    """One of the clients, in a process of its own; what it prints is kept."""

    def __init__(self, language: str, deployment: Deployment, port: int, user: User, other: User, file: Path) -> None:
        own = int(deployment.url.split(":")[2].split("/")[0])
        self._command = (*COMMANDS[language], str(file), other.id)
        self._environment = {
            "PATH": os.environ["PATH"],
            "PARLEY_WS_URL": deployment.url.replace(f":{own}/", f":{port}/"),
            "PARLEY_TOKEN": deployment.tokens(user)["AccessToken"],
        }
        self.printed: list[str] = []

    async def start(self) -> None:
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        self._process = await asyncio.create_subprocess_exec(*self._command, env=self._environment, **pipes)
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.printed.append(line.decode().rstrip("\n"))

    async def write(self, *lines: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        await self._process.stdin.drain()

    async def kill(self) -> None:
        self._process.kill()
        assert await self._process.wait() == -signal.SIGKILL
        await self._reading

    async def until(self, count: int) -> None:
        async with asyncio.timeout(LIMIT):
            while len(self.printed) < count:
                await asyncio.sleep(0.05)


def test_they_are_as_short_as_they_are_said_to_be():
    for name, comment in (("client.py", "#"), ("client.mjs", "//")):
        lines = (SIMPLEST / name).read_text(encoding="utf-8").splitlines()
        assert len([line for line in lines if line.strip() and not line.strip().startswith(comment)]) <= 63


@pytest.mark.parametrize("language", COMMANDS)
def test_they_talk_lose_nothing_and_say_nothing_twice(
    language: str, local: Deployment, alice: User, bob: User, dial: Dial, tmp_path: Path
):
    require()
    own = int(local.url.split(":")[2].split("/")[0])

    async def talk() -> tuple[list[str], list[str]]:
        async with Wire(own) as wire:
            a = Running(language, local, wire.port, alice, bob, tmp_path / "a.json")
            b = Running("javascript" if language == "python" else "python", local, own, bob, alice, tmp_path / "b.json")
            await a.start()
            await b.start()
            await a.write("a0", "a1")
            await b.write("b0")
            await b.until(3)
            wire.cut()
            await a.write("a2", "a3")
            await b.write("b1")
            while [m["text"] for m in json.loads((tmp_path / "a.json").read_text())["outbox"]] != ["a2", "a3"]:
                await asyncio.sleep(0.05)  # until a crash can no longer lose them
            await a.kill()
            wire.mend()
            await a.start()
            await a.write("a4")
            await b.until(7)
            await a.until(7)
            await asyncio.sleep(0.5)
            await a.kill()
            await b.kill()
            return a.printed, b.printed

    of_a, of_b = asyncio.run(talk())
    entries = dial(bob).ask("sync", since={})["entries"]
    stored = [(e["seq"], e["sender"] == alice.id, e["body"]["text"]) for e in entries]
    assert [seq for seq, _, _ in stored] == list(range(1, 8))
    assert [text for _, _, text in stored if text[0] == "a"] == ["a0", "a1", "a2", "a3", "a4"]
    assert of_a == [f"{seq} {'me' if own else 'them'}: {text}" for seq, own, text in stored]
    assert [re.sub("me:|them:", "", line) for line in of_b] == [re.sub("me:|them:", "", line) for line in of_a]
