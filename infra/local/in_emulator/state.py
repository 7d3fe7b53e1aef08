"""What the embedded AWS holds, kept on disk from start to start, also if its process is killed.

The emulator can save each service as one file, and does so when it is shut down in order. That alone would lose
whatever came since the start if it ended in any other way. So here

- every write to DynamoDB goes into a journal before it is answered. The next start applies it to the last file;
- files of other services are written a moment after a request that may have changed them;
- all files are written when the starter asks, and when it has gone, however it ended.

A file of DynamoDB says with which journal it goes on, so that no write is applied to a file that already has it. The
journal is not forced to the disk: what the emulator has answered survives its own death, and not that of the machine.

This is number 22 in ``infra.local.workarounds``.
"""

import asyncio
import copy
import importlib
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from infra.local.in_emulator.control import App, Query, Receive, Scope, Send, answer
from infra.local.in_emulator.news import News

_log = logging.getLogger(__name__)
_WRITES = {
    "PutItem": "_put_item",
    "UpdateItem": "_update_item",
    "DeleteItem": "_delete_item",
    "BatchWriteItem": "_batch_write_item",
    "TransactWriteItems": "_transact_write_items",
}
_NEWS = "parley_news"
_EXTRA = "parley"
_DYNAMODB = "dynamodb"
_CHECK = 0.2
_LARGEST_JOURNAL = 4 * 1024 * 1024


class Keeper:
    """Keeps the state in a directory. Its methods belong to the emulator's event loop, but for ``save_from_thread``."""

    def __init__(self, directory: Path, news: News) -> None:
        self._directory = directory
        self._news = news
        self._app: Any = importlib.import_module("ministack.app")
        self._persistence: Any = importlib.import_module("ministack.core.persistence")
        self._dynamodb: Any = importlib.import_module("ministack.services.dynamodb")
        self._scope: Any = importlib.import_module("ministack.core.responses")
        self._generation = 0
        self._journal: BinaryIO | None = None
        self._dirty: set[str] = set()
        self._saving = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def teach(self) -> None:
        """Have the emulator's DynamoDB write the journal, and keep its streams too."""
        module = self._dynamodb
        get, load = module.get_state, module.load_persisted_state

        def getting() -> dict[str, Any]:
            streams = {"records": module._stream_records, "trimmed": module._stream_trimmed}
            return {**get(), _EXTRA: {"journal": self._generation, **copy.deepcopy(streams)}}

        def loading(data: Any) -> None:
            extra = data.pop(_EXTRA)
            load(data)
            module._stream_records.update(extra["records"])
            module._stream_trimmed.update(extra["trimmed"])
            self._generation = extra["journal"]

        module.get_state, module.load_persisted_state = getting, loading
        for action, name in _WRITES.items():
            setattr(module, name, self._writing(action, getattr(module, name)))

    def serving(self, app: App) -> App:
        """Return the application with its state restored before it serves, and kept while it does."""

        async def kept(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "lifespan":
                await app(scope, receive, send)
                if changed := _may_change(scope):
                    self._dirty.add(changed)
                return

            async def sending(message: dict[str, Any]) -> None:
                if message["type"] == "lifespan.startup.complete":
                    self._restore()
                await send(message)

            await app(scope, receive, sending)

        return kept

    async def save(self, _: Query, __: Receive, send: Send) -> None:
        """Write all files, and answer when it is done."""
        await self.save_all()
        await answer(send, 200)

    def save_from_thread(self, limit: float) -> None:
        """Write all files, from another thread than the event loop's."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self.save_all(), self._loop).result(limit)

    async def save_all(self) -> None:
        """Write all files."""
        await self._save(set(self._app._build_persistence_save_dict()))

    def _restore(self) -> None:
        """Apply the journals to what the emulator has read, and go on with a new one."""
        self._loop = asyncio.get_running_loop()
        news = self._persistence.load_state(_NEWS)
        if news:
            self._news.restore(news)
        journals = sorted((_number(path), path) for path in self._directory.glob("journal-*"))
        applied = 0
        for number, path in journals:
            if number >= self._generation:
                applied += self._apply(path)
        if applied:
            _log.warning("%d writes of the journal were applied", applied)
        self._generation = max([self._generation, *(number + 1 for number, _ in journals)])
        self._journal = self._open()
        self._task = self._loop.create_task(self._watch())

    def _apply(self, path: Path) -> int:
        """Apply a journal. Its last line may be incomplete, in which case nobody was told that it was written."""
        applied = 0
        for line in path.read_bytes().splitlines():
            try:
                account, region, action, data = json.loads(line)
            except ValueError:
                break
            self._scope.set_request_account_id(account)
            self._scope.set_request_region(region)
            getattr(self._dynamodb, _WRITES[action])(data)
            applied += 1
        return applied

    def _writing(self, action: str, write: Any) -> Any:
        def writing(data: Mapping[str, Any]) -> Any:
            if self._journal is None:  # the journal itself is being applied
                return write(data)
            line = [self._scope.get_account_id(), self._scope.get_region(), action, data]
            written = json.dumps(line, separators=(",", ":")).encode() + b"\n"
            result = write(data)
            if result[0] == 200:
                self._journal.write(written)
            return result

        return writing

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_CHECK)
            changed, self._dirty = self._dirty, set()
            if self._journal is not None and self._journal.tell() > _LARGEST_JOURNAL:
                changed.add(_DYNAMODB)
            try:
                await self._save(changed)
            except Exception:  # noqa: BLE001 - whatever it is, the next attempt may succeed
                _log.exception("the state could not be saved")
                self._dirty |= changed

    async def _save(self, services: set[str]) -> None:
        async with self._saving:
            states = self._app._build_persistence_save_dict()
            for name in sorted(services & states.keys()):
                if name == _DYNAMODB:
                    await self._save_dynamodb()
                else:
                    await asyncio.to_thread(self._write, name, states[name]())
            if services:
                await asyncio.to_thread(self._write, _NEWS, self._news.state())

    async def _save_dynamodb(self) -> None:
        """Write DynamoDB's file. From the moment at which it is taken, writes go into the next journal."""
        earlier = self._journal
        self._generation += 1
        self._journal = self._open()
        state = self._dynamodb.get_state()
        if earlier is not None:
            earlier.close()
        await asyncio.to_thread(self._write, _DYNAMODB, state)
        for path in self._directory.glob("journal-*"):
            if _number(path) < self._generation:
                path.unlink()

    def _write(self, name: str, state: Any) -> None:
        """Write a service's file in the emulator's own form. Its own function would only log a failure."""
        persistence = self._persistence
        wrapped = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
        temporary = self._directory / f"{name}.json.new"
        temporary.write_text(json.dumps(wrapped, default=persistence._json_default), encoding="utf-8")
        temporary.replace(self._directory / f"{name}.json")

    def _open(self) -> BinaryIO:
        path = self._directory / f"journal-{self._generation:08}"
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb", buffering=0)


def _number(path: Path) -> int:
    return int(path.name.partition("-")[2])


def _may_change(scope: Scope) -> str | None:
    """Return the service, by its file's name, that an HTTP request may have changed and that no journal covers."""
    if scope["type"] != "http":
        return None
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    target, signed = headers.get("x-amz-target", ""), headers.get("authorization", "")
    if target.startswith("AWSCognito"):
        return None if target.rpartition(".")[2].startswith(("Get", "List", "Describe", "AdminGet")) else "cognito"
    if "/sns/aws4_request" in signed:
        return "sns"
    if not target and scope["method"] in {"PUT", "POST", "DELETE"}:
        return "s3" if "/s3/aws4_request" in signed or not signed else None
    return None
