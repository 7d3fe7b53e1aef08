"""The shipped client and its command line against the deployed stack: crashes, dead zones, exactly once."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from parley_client import Client, Event, Received, Rest, Sent
from PIL import Image

from infra.local.proxy import Wire
from infra.local.stack import User
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment

LIMIT = 30


def source(deployment: Deployment, user: User) -> Callable[[], Any]:
    async def token() -> str:
        return await asyncio.to_thread(lambda: deployment.tokens(user)["AccessToken"])

    return token


async def until(events: Any, wanted: Callable[[Event], bool]) -> Event:
    async with asyncio.timeout(LIMIT):
        async for event in events:
            if wanted(event):
                return event
    raise AssertionError("the client stopped")


def test_two_clients_talk_and_agree(deployment: Deployment, alice: User, bob: User, dm: str, tmp_path: Path):
    async def talk() -> tuple[list[tuple[int, str]], ...]:
        async with (
            await Client.open(deployment.url, source(deployment, alice), tmp_path / "a") as a,
            await Client.open(deployment.url, source(deployment, bob), tmp_path / "b") as b,
        ):
            heard_a, heard_b = a.events(), b.events()
            for n in range(5):
                await a.send(bob.id, f"a{n}")
                await b.send(alice.id, f"b{n}")
            for feed in (heard_a, heard_b):
                await until(feed, lambda e: isinstance(e, Received) and e.entry.seq == 10)
            return tuple([(e.seq, e.text) for e in c.store.entries(dm)] for c in (a, b))

    of_a, of_b = asyncio.run(talk())
    assert of_a == of_b
    assert [seq for seq, _ in of_a] == list(range(1, 11))
    for sender in "ab":
        assert [text for _, text in of_a if text.startswith(sender)] == [f"{sender}{n}" for n in range(5)]


def test_a_photo_goes_through_the_outbox_and_is_shown_to_the_other(
    deployment: Deployment, alice: User, bob: User, dm: str, tmp_path: Path
):
    photo = tmp_path / "photo.png"
    Image.new("RGB", (64, 48), "teal").save(photo)

    async def talk() -> None:
        async with (
            await Client.open(deployment.url, source(deployment, alice), tmp_path / "a") as a,
            await Client.open(deployment.url, source(deployment, bob), tmp_path / "b") as b,
            Rest(deployment.http_url, source(deployment, alice)) as hers,
            Rest(deployment.http_url, source(deployment, bob)) as his,
        ):
            heard, heard_b = a.events(), b.events()
            media = await hers.upload(photo, dm)
            await a.send(bob.id, "", media=[media.media])
            await until(heard, lambda e: isinstance(e, Sent))
            received = await until(heard_b, lambda e: isinstance(e, Received))
            assert isinstance(received, Received)
            assert (received.entry.text, received.entry.media) == ("", (media.media,))
            assert a.store.entries(dm) == b.store.entries(dm) == [received.entry]
            assert (await his.read_media(media.media)).width == 64

    asyncio.run(talk())


APP = """
import asyncio, os, pathlib, sys
from parley_client import Client

async def token():
    return os.environ["TOKEN"]

async def main(url, home, user):
    async with await Client.open(url, token, pathlib.Path(home)) as client:
        await client.send(user, "written in a tunnel", message_id="tunnel-1")
        print("stored", flush=True)
        await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


def test_an_unsent_message_survives_a_crash_of_the_app_and_is_sent_exactly_once(
    local: Deployment, alice: User, bob: User, dial: Dial, dm: str, tmp_path: Path
):
    port = int(local.url.split(":")[2].split("/")[0])

    async def crash_and_return() -> None:
        async with Wire(port) as wire:
            url = local.url.replace(f":{port}/", f":{wire.port}/")
            wire.cut()  # no network: the message can only be stored
            app = await asyncio.create_subprocess_exec(
                sys.executable, "-c", APP, url, str(tmp_path), bob.id,
                env={"PYTHONPATH": "clients/python", "TOKEN": local.tokens(alice)["AccessToken"]},
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert app.stdout is not None
            assert await asyncio.wait_for(app.stdout.readline(), LIMIT) == b"stored\n"
            app.kill()
            assert await app.wait() == -signal.SIGKILL
            wire.mend()
            async with await Client.open(url, source(local, alice), tmp_path) as again:
                await until(again.events(), lambda e: isinstance(e, Sent) and e.id == "tunnel-1")
                await again.send(bob.id, "written in a tunnel", message_id="tunnel-1")
                await asyncio.sleep(0.5)

    asyncio.run(crash_and_return())
    entries = dial(bob).ask("sync", since={})["entries"]
    assert [(e["seq"], e["id"], e["body"]["text"]) for e in entries] == [(1, "tunnel-1", "written in a tunnel")]


def test_a_wire_cut_in_the_middle_loses_and_doubles_nothing(
    local: Deployment, alice: User, bob: User, dm: str, tmp_path: Path
):
    port = int(local.url.split(":")[2].split("/")[0])
    texts = [f"message {n}" for n in range(12)]

    async def talk() -> list[str]:
        async with (
            Wire(port) as wire,
            await Client.open(
                local.url.replace(f":{port}/", f":{wire.port}/"), source(local, alice), tmp_path / "a"
            ) as a,
            await Client.open(local.url, source(local, bob), tmp_path / "b") as b,
        ):
            heard = b.events()
            for n, text in enumerate(texts):
                await a.send(bob.id, text)
                if n % 4 == 2:
                    await asyncio.sleep(0.3)
                    wire.cut()
                    await asyncio.sleep(0.2)
                    wire.mend()
                    a.nudge()
            await until(heard, lambda e: isinstance(e, Received) and e.entry.seq == len(texts))
            return [e.text for e in b.store.entries(dm)]

    assert asyncio.run(talk()) == texts


class CommandLine:
    """`parley`, as people type it in a shell."""

    def __init__(self, deployment: Deployment, user: User, home: Path) -> None:
        assert deployment.local is not None
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": "clients/python",
            "PARLEY_WS_URL": deployment.url,
            "PARLEY_HTTP_URL": deployment.http_url,
            "PARLEY_CLIENT_ID": deployment.client,
            "PARLEY_COGNITO_URL": deployment.local.endpoint,
            "PARLEY_USERNAME": user.email,
            "PARLEY_PASSWORD": user.password,
            "PARLEY_HOME": str(home),
        }

    def __call__(self, *arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "parley_client", *arguments],
            env=self._environment | environment, input=typed, timeout=60, check=False,
            capture_output=True, text=True, errors="surrogateescape",
        )  # fmt: skip


@pytest.fixture
def parley(local: Deployment, alice: User, tmp_path: Path) -> CommandLine:
    return CommandLine(local, alice, tmp_path)


def test_the_command_line_signs_in_sends_lists_and_chats(parley: CommandLine, bob: User, dial: Dial, dm: str):
    assert parley("sign-in").returncode == 0
    sent = parley("send", bob.id, "from a shell", "--json")
    assert (sent.returncode, json.loads(sent.stdout)["seq"]) == (0, 1)
    chatted = parley("chat", dm, typed="one\ntwo\n")
    assert chatted.returncode == 0, chatted.stderr
    assert "me: two" in chatted.stdout
    dial(bob).ask("send", conversation=dm, after=3, body={"text": "three"})
    [listed] = map(json.loads, parley("conversations", "--json").stdout.splitlines())
    assert (listed["conversation"], listed["user"], listed["name"]) == (dm, bob.id, "Bob")
    assert f"Bob  {bob.id} (1 new)" in parley("conversations").stdout
    assert "Bob: three" in parley("chat", bob.id).stdout
    assert f"{bob.id[:8]}: three" in parley("chat", bob.id, PARLEY_HTTP_URL="http://127.0.0.1:9").stdout
    entries = dial(bob).ask("sync", since={})["entries"]
    assert [e["body"]["text"] for e in entries] == ["from a shell", "one", "two", "three"]


def test_the_command_line_speaks_http(parley: CommandLine, bob: User, dm: str, tmp_path: Path):
    photo = tmp_path / "photo.png"
    Image.new("RGB", (64, 48), "teal").save(photo)

    def told(*words: str) -> Any:
        done = parley(*words, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert parley("sign-in").returncode == 0
    assert [
        told("profile", "--set", "about=Hello", "--set", "locale=de-AT")[0][name] for name in ("about", "locale")
    ] == [
        "Hello",
        "de-AT",
    ]
    [sent] = told("upload", str(photo), "--to", bob.id, "--text", "look")
    assert (sent["conversation"], sent["seq"], sent["media"]["width"]) == (dm, 1, 64)
    [mine] = told("upload", str(photo), "--profile")
    assert told("profile")[0]["photo"] == mine["media"]
    assert [c["other"]["name"] for c in told("inbox")] == ["Bob"]
    assert told("inbox", "--archived") == []
    assert told("profile", bob.id)[0]["name"] == "Bob"
    told("device", "--put", "tablet", "fcm", "a-token")
    assert [d["device"] for d in told("device")] == ["tablet"]
    told("device", "--delete", "tablet")
    assert told("device") == []


def test_what_goes_wrong_is_one_line_and_a_status(parley: CommandLine, bob: User, tmp_path: Path):
    page = tmp_path / "page.html"
    page.write_text("<p>")
    (tmp_path / "empty.png").touch()
    for attempt in (
        parley("profile", "nobody-at-all"),
        parley("profile", "--set", "role=provider"),
        parley("upload", str(tmp_path / "none.png"), "--to", bob.id),
        parley("upload", str(page), "--to", bob.id),
        parley("upload", str(tmp_path), "--to", bob.id),
        parley("upload", str(tmp_path / "empty.png"), "--to", bob.id),
        parley("upload", str(page), "--profile", "--text", "look"),
        parley("profile", ""),
        parley("profile", "--set", "about=\udcff"),
        parley("device", "--delete", ""),
        parley("sign-in", "--url", "http://foo"),
        parley("sign-in", PARLEY_CLIENT_ID="not a client"),
        parley("inbox", PARLEY_HTTP_URL="http://127.0.0.1:1x"),
        parley("send", bob.id, "x", "--timeout", "nan"),
        parley("device", "--put", "tablet", "windows", "token"),
        parley("inbox", PARLEY_HTTP_URL="http://127.0.0.1:9"),
        parley("send", bob.id, "x", PARLEY_PASSWORD="wrong-password-1A"),
        parley("send", "nobody-at-all", "x"),
        parley("send", bob.id, "x", "--timeout", "3", PARLEY_WS_URL="ws://127.0.0.1:9/none"),
        parley("send", bob.id, "x" * 8_001),
        parley("send", bob.id),
    ):
        assert attempt.returncode not in {0, 130}
        assert "Traceback" not in attempt.stderr
        assert attempt.stderr.startswith("parley"), attempt.stderr
        assert attempt.stderr.count("\n") == 1, attempt.stderr


@pytest.mark.parametrize("line", ["x" * 9_000, "half \udcff"])
def test_a_piped_chat_says_which_line_was_not_sent(parley: CommandLine, bob: User, dial: Dial, line: str):
    chatted = parley("chat", bob.id, typed=f"one\n{line}\ntwo\n")
    assert chatted.returncode == 1
    assert chatted.stderr.count("not sent") == 1
    assert [text.partition(": ")[2] for text in chatted.stdout.splitlines()] == ["one", "two"]
    assert [e["body"]["text"] for e in dial(bob).ask("sync", since={})["entries"]] == ["one", "two"]


def test_a_piped_chat_with_nobody_fails(parley: CommandLine):
    chatted = parley("chat", "nobody-at-all", typed="one\ntwo\n")
    assert (chatted.returncode, chatted.stdout) == (1, "")
    assert chatted.stderr.count("not sent") == 2
