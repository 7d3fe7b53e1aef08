"""The functions on ports in memory, with real telemetry."""

import io
import uuid

import msgspec
import pytest

from parley.chat import receipts, send, sync, typing
from parley.chat.aws import items
from parley.chat.effects import settings as effects
from parley.runtime import dependencies
from parley.runtime.telemetry import Telemetry
from tests.unit.chat.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def logged() -> io.StringIO:
    """The lines that the function has logged."""
    return io.StringIO()


@pytest.fixture
def telemetry(monkeypatch: pytest.MonkeyPatch, logged: io.StringIO) -> Telemetry:
    # Powertools keeps one logger per service, and with it the stream of the first test that made it.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"parley-{uuid.uuid4().hex}")
    return Telemetry(logged)


@pytest.fixture
def deps(world: World, telemetry: Telemetry) -> dependencies.Message:
    w = world
    return dependencies.Message(
        sending=send.Ports(
            log=w.log,
            log_snapshots=w.log_snapshots,
            snapshots=w.directory,
            block_counts=w.directory,
            connections=w.directory,
            sockets=w.sockets,
        ),
        rules=w.rules,
        syncing=sync.Ports(
            log=w.log, archived=w.archive, snapshots=w.directory, memberships=w.directory, parallel=w.parallel
        ),
        marking=receipts.Ports(
            log=w.log,
            log_snapshots=w.log_snapshots,
            snapshots=w.directory,
            memberships=w.directory,
            connections=w.directory,
            sockets=w.sockets,
        ),
        typing=typing.Ports(snapshots=w.directory, connections=w.directory, sockets=w.sockets),
        generation="5e1f0c2a",
        telemetry=telemetry,
    )


@pytest.fixture
def notifier(world: World, telemetry: Telemetry) -> dependencies.StreamWorker:
    return dependencies.StreamWorker(
        ports=effects.Ports(
            snapshots=world.directory,
            memberships=world.directory,
            summaries=world.directory,
            media_references=world.directory,
            connections=world.directory,
            sockets=world.sockets,
            devices=world.devices,
            push=world.push,
        ),
        rules=effects.Rules(),
        parallel=world.parallel,
        entry=items.entry,
        telemetry=telemetry,
    )


def replace(deps: dependencies.Message, **ports: object) -> dependencies.Message:
    """The message function's dependencies, with other ports for sending."""
    return msgspec.structs.replace(deps, sending=msgspec.structs.replace(deps.sending, **ports))
