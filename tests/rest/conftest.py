"""The HTTP function on ports in memory, with real telemetry."""

import io
import uuid

import pytest

from parley.accounts import exports, profiles, user_data
from parley.accounts import resource as accounts
from parley.accounts.memory import MemoryAccounts, MemoryData, MemoryExports, MemoryFiles, MemoryJobs, MemoryProfiles
from parley.chat import receipts, send
from parley.chat.inbox import preferences
from parley.chat.people import blocks
from parley.core.budget import Budget
from parley.delivery import devices
from parley.media import resource as media
from parley.media import uploads
from parley.moderation import reports
from parley.runtime import dependencies
from parley.runtime.telemetry import Telemetry
from tests.rest.asking import Client
from tests.unit.chat.world import World
from tests.unit.media.studio import Studio


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def studio(world: World) -> Studio:
    return Studio(world)


@pytest.fixture
def logged() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def deps(world: World, studio: Studio, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> dependencies.Rest:
    # Powertools keeps one logger per service, and with it the stream of the first test that made it.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"parley-{uuid.uuid4().hex}")
    return dependencies.Rest(
        profiles=profiles.Ports(
            profiles=MemoryProfiles(world.stored),
            snapshots=world.directory,
            memberships=world.directory,
            media_references=world.directory,
            connections=world.directory,
            sockets=world.sockets,
        ),
        sending=send.Ports(
            log=world.log,
            log_snapshots=world.log_snapshots,
            snapshots=world.directory,
            block_counts=world.directory,
            connections=world.directory,
            sockets=world.sockets,
        ),
        rules=world.rules,
        marking=receipts.Ports(
            log=world.log,
            log_snapshots=world.log_snapshots,
            snapshots=world.directory,
            memberships=world.directory,
            connections=world.directory,
            sockets=world.sockets,
        ),
        keeping=preferences.Ports(
            snapshots=world.directory, memberships=world.directory, connections=world.directory, sockets=world.sockets
        ),
        blocks=blocks.Ports(world.directory, world.directory),
        devices=devices.Ports(world.directory, world.devices, world.push),
        reports=reports.Ports(log=world.log, connections=world.directory, reports=world.reports),
        data=user_data.Ports(data=MemoryData(world.stored), connections=world.directory, sockets=world.sockets),
        account=accounts.Ports(
            accounts=MemoryAccounts(world.stored),
            exports=exports.Asking(exports=MemoryExports(world.stored), jobs=MemoryJobs(), files=MemoryFiles()),
        ),
        media=media.Ports(
            uploading=studio.uploading,
            rules=uploads.Rules(allow_consumer_pairs=world.rules.allow_consumer_pairs),
            showing=studio.showing,
        ),
        telemetry=Telemetry(logged),
        budget=Budget(burst=10**6),  # the events' time stands still
    )


@pytest.fixture
def client(deps: dependencies.Rest, world: World) -> Client:
    return Client(deps, lambda: world.now)
