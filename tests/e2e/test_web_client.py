"""The JavaScript client against the deployed stack: sign-in by SRP, two who talk, exactly once over a kill."""

import asyncio
import base64
import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.local.proxy import Wire
from infra.local.stack import User
from tests.e2e.conftest import Dial
from tests.e2e.deployment import Deployment
from tests.web.node import WEB, require

pytestmark = pytest.mark.gateway_only  # it is the client that is asked, and the two data planes have tests of their own
LIMIT = 90


@pytest.fixture(autouse=True)
def node() -> None:
    require()


def settings(deployment: Deployment, port: int | None = None) -> dict[str, Any]:
    url = deployment.url
    if port is not None:
        url = url.replace(f":{own_port(deployment)}/", f":{port}/")
    return {
        "socketUrl": url,
        "httpUrl": deployment.http_url,
        "region": deployment.pool.partition("_")[0],
        "userPoolId": deployment.pool,
        "clientId": deployment.client,
        "cognitoUrl": deployment.local.endpoint if deployment.local else None,
    }


def own_port(deployment: Deployment) -> int:
    return int(deployment.url.split(":")[2].split("/")[0])


class App:
    """One of the apps in clients/web/tests/e2e/app.mjs, in a process of its own."""

    def __init__(self, which: str, given: dict[str, Any], ana: User, ben: User, **more: str) -> None:
        people = {"ANA": ana, "BEN": ben}
        self._which = which
        self._environment = {
            "PATH": os.environ["PATH"],
            "SETTINGS": json.dumps(given),
            **{name: json.dumps({"id": u.id, "email": u.email, "password": u.password}) for name, u in people.items()},
            **more,
        }

    async def start(self) -> asyncio.subprocess.Process:
        pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
        return await asyncio.create_subprocess_exec(
            "node", "tests/e2e/app.mjs", self._which, cwd=WEB, env=self._environment, **pipes
        )

    async def run(self) -> Any:
        """Its result."""
        return await finish(await self.start())


async def finish(app: asyncio.subprocess.Process) -> Any:
    try:
        out, errors = await asyncio.wait_for(app.communicate(), LIMIT)
    except TimeoutError:
        app.kill()
        out, errors = await app.communicate()
    assert app.returncode == 0, errors.decode() or out.decode()
    return json.loads(out.decode().splitlines()[-1])


def photo() -> str:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_two_users_sign_in_by_srp_and_talk(deployment: Deployment, alice: User, bob: User, dm: str):
    told = asyncio.run(App("talk", settings(deployment), alice, bob, PHOTO=photo()).run())
    assert told["seenByA"] == told["seenByB"]
    assert len(told["seenByA"]) == 11
    for sender in "ab":
        assert [t for t in told["seenByA"] if t.startswith(sender)] == [f"{sender}{n}" for n in range(5)]
    assert told["states"][:5] == ["read"] * 5
    assert (told["width"], told["progress"], told["online"], told["other"]) == (64, 1, True, "Alice")
    assert (told["about"], told["data"], told["dm"]) == ("hello", ["draft"], dm)


def test_a_message_of_a_killed_process_is_sent_exactly_once(
    local: Deployment, alice: User, bob: User, dial: Dial, tmp_path: Path
):
    async def crash_and_return() -> Any:
        async with Wire(own_port(local)) as wire:
            given = settings(local, wire.port)
            wire.cut()  # no network for the socket: the message can only be stored
            app = await App("tunnel", given, alice, bob, FILE=str(tmp_path / "ana.log")).start()
            assert app.stdout is not None
            line = await asyncio.wait_for(app.stdout.readline(), LIMIT)
            assert line == b"stored\n"
            app.kill()
            assert await app.wait() == -signal.SIGKILL
            wire.mend()
            return await App("again", given, alice, bob, FILE=str(tmp_path / "ana.log")).run()

    told = asyncio.run(crash_and_return())
    assert [name for name, _ in told["states"]] == ["tunnel-1"]
    entries = dial(bob).ask("sync", since={})["entries"]
    assert [(e["seq"], e["id"], e["body"]["text"]) for e in entries] == [(1, "tunnel-1", "written in a tunnel")]


def test_a_wire_cut_in_the_middle_loses_and_doubles_nothing(local: Deployment, alice: User, bob: User, dial: Dial):
    async def talk() -> Any:
        async with Wire(own_port(local)) as wire:
            app = await App("cut", settings(local, wire.port), alice, bob).start()
            finished = asyncio.create_task(finish(app))
            for _ in range(4):
                await asyncio.sleep(0.7)
                wire.cut()
                await asyncio.sleep(0.2)
                wire.mend()
            return await finished

    wanted = [f"message {n}" for n in range(12)]
    assert asyncio.run(talk())["texts"] == wanted
    entries = dial(bob).ask("sync", since={})["entries"]
    assert [e["body"]["text"] for e in entries] == wanted


def test_tokens_are_refreshed_and_forgotten(deployment: Deployment, alice: User, bob: User):
    told = asyncio.run(App("sign", settings(deployment), alice, bob).run())
    assert told == {"fresh": True, "after": "SignInRequired", "user": None}
