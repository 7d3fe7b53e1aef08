"""Run in the tree of an earlier commit, with its code alone: have two people use that Parley, and write down what it
has stored. ``record.py`` starts this.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
import urllib.request
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from parley_client import Client, Received, State, StateChanged

from infra import templates
from infra.environment import load
from infra.local.expect import Watch
from infra.local.proxy import Wire
from infra.local.stack import Local, User, running


def ask(local: Local, user: User, request: str, body: Any) -> None:
    """Make a request over HTTP."""
    method, path = request.split()
    headers = {"Authorization": f"Bearer {local.token(user)}", "Content-Type": "application/json"}
    headers |= {"If-None-Match": "*"} if "/data/" in path else {}
    asked = urllib.request.Request(f"{local.http_url}{path}", json.dumps(body).encode(), headers, method=method)  # noqa: S310
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=60):
        pass


async def use(local: Local, ada: User, ben: User, home: Path) -> None:
    """Talk, and end with a message that Ada could not send any more."""

    def token(user: User) -> Any:
        async def get() -> str:
            return await asyncio.to_thread(local.token, user)

        return get

    async with AsyncExitStack() as held:
        wire = await held.enter_async_context(Wire(urlsplit(local.url).port or 80))
        through = urlunsplit(urlsplit(local.url)._replace(netloc=f"127.0.0.1:{wire.port}"))
        adas = await held.enter_async_context(Watch(await Client.open(through, token(ada), home / "ada"), "Ada"))
        bens = await held.enter_async_context(Watch(await Client.open(local.url, token(ben), home / "ben"), "Ben"))
        for client in (adas, bens):
            await client.sees(StateChanged, "the connection", lambda e: e.state is State.LIVE)
        said = [
            (adas, ben, "Hello Ben, are you free on Friday?"),
            (bens, ada, "Friday at ten?"),
            (adas, ben, "Good: ✓ 👍"),
        ]
        for number, (sender, to, text) in enumerate(said, start=1):
            await sender.client.send(to.id, text)
            for client in (adas, bens):
                await client.sees(Received, f"message {number}", partial(_is, number))
            if sender is bens:
                adas.client.mark_read(ben.id)
        await asyncio.to_thread(local.settled, 60)
        wire.cut()
        await adas.client.send(ben.id, "Written while the network was away.")


def _is(number: int, event: Received) -> bool:
    return event.entry.seq == number


def main(directory: Path) -> None:
    """Write ``stored.json`` and ``templates.json``."""
    with running() as local, tempfile.TemporaryDirectory() as home:
        ada, ben = local.create_user("Ada", "consumer"), local.create_user("Ben", "provider")
        ask(local, ben, "PATCH /me", {"business": "Ben & Co", "category": "law"})
        ask(local, ada, "PUT /me/data/theme", {"value": {"dark": True}})
        asyncio.run(use(local, ada, ben, Path(home)))
        conversation = "dm:" + ":".join(sorted((ada.id, ben.id)))
        ask(local, ada, f"PATCH /conversations/{conversation}", {"pinned": True})
        tables = {
            name: [
                item
                for page in local.dynamodb.get_paginator("scan").paginate(TableName=local.outputs[f"{name}Table"])
                for item in page["Items"]
            ]
            for name in ("Log", "Directory")
        }
        files = {}
        for name in ("ada", "ben"):
            [file] = [f for f in (Path(home) / name).rglob("*") if f.read_bytes()[:6] == b"SQLite"]
            database = sqlite3.connect(file)
            [version] = database.execute("PRAGMA user_version").fetchone()
            files[name] = {"version": version, "sql": list(database.iterdump())}
            database.close()
    users = {"ada": ada.id, "ben": ben.id}
    stored = {"users": users, "tables": tables, "stores": files}
    (directory / "stored.json").write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    root, nested = templates.load(numbers=load("local").numbers())
    whole = json.dumps({"root": root, "nested": dict(nested)})
    (directory / "templates.json").write_text(whole + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
