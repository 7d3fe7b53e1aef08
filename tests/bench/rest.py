"""The AWS calls when an app is opened over HTTP: an inbox of 50 conversations, and the newest entries of one of them.

This runs the function as it is deployed, on the embedded AWS. The worst of a few requests counts.
"""

import os
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from infra.local.emulator import Emulator, free_port
from parley.chat.aws.directory import DynamoDirectory
from parley.chat.aws.log import DynamoLog
from parley.chat.conversations import direct
from parley.chat.entries import Body, MessageEntry
from parley.chat.inbox import summaries
from parley.chat.inbox.listing import PAGE
from parley.runtime import bootstrap, dependencies
from tests import tables
from tests.bench.scene import REST_SETTINGS
from tests.rest.asking import Client

_ASKED = 3
_MESSAGES = 60


def measure() -> dict[str, float]:
    """Return ``rest.inbox_calls`` and ``rest.history_calls``."""
    port = free_port()
    directory = Path("build") / "bench"
    with (
        Emulator(port, directory, "us-east-1", {}) as emulator,
        patch.dict(os.environ, {**REST_SETTINGS, "AWS_ENDPOINT_URL": emulator.endpoint}),
        (directory / "rest.log").open("w") as told,
        redirect_stdout(told),
    ):
        deps = bootstrap.rest(os.environ)
        conversation = _stage(deps)
        client = Client(deps, lambda: time.time_ns() // 1_000_000)
        calls = _observe(deps)

        def ask(request: str, *, of: Callable[[Any], int], expected: int) -> int:
            answer = client.ask("alice", request)
            assert (answer.status, of(answer.body)) == (200, expected), answer
            counted = len(calls)
            calls.clear()
            return counted

        inbox = [ask("GET /conversations", of=lambda b: len(b["conversations"]), expected=PAGE) for _ in range(_ASKED)]
        entries = f"GET /conversations/{conversation}/entries"
        history = [ask(entries, of=lambda b: len(b["entries"]), expected=50) for _ in range(_ASKED)]
    return {"rest.inbox_calls": max(inbox), "rest.history_calls": max(history)}


def _stage(deps: dependencies.Rest) -> str:
    """Alice has an inbox of more than a page; answers the id of the conversation in which most was said."""
    log, directory = deps.sending.log, deps.sending.snapshots
    assert isinstance(log, DynamoLog)
    assert isinstance(directory, DynamoDirectory)
    tables.create(log._client, "Log", "Directory")
    directory.upsert_user("alice", "consumer", "Alice")
    for n in range(PAGE + 1):
        other = f"provider-{n:02}"
        directory.upsert_user(other, "provider", f"Provider {n}")
        for seq in range(1, _MESSAGES + 1 if n == 0 else 2):
            entry = MessageEntry(direct("alice", other), seq, seq, f"m{seq}", other, seq, Body("Hello"))
            log.append(entry, ("alice", other))
            directory.advance_summary(summaries.newer(None, [entry]))
    return direct("alice", "provider-00")


def _observe(deps: dependencies.Rest) -> list[str]:
    """Record the DynamoDB calls that the function makes from now on. These requests ask nothing else."""
    calls: list[str] = []
    log = deps.sending.log
    assert isinstance(log, DynamoLog)
    log._client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    return calls
