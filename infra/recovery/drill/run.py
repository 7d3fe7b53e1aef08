"""The drill itself: talk, a recovery point, more talk, the end of both tables, and the way back."""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

from infra import package
from infra.environment import LOCAL, load
from infra.local import deployment, workarounds
from infra.local.deployment import Wanted
from infra.local.progress import Progress
from infra.local.stack import Local, source
from infra.recovery import tables
from infra.recovery.drill import judge
from infra.recovery.drill.judge import Line, Notes
from infra.recovery.drill.talk import Device
from infra.recovery.settings import Tables

_CONVERGE_S = 120.0


class Asked(NamedTuple):
    """How large the drill is. Times are in seconds."""

    consumers: int = 3
    providers: int = 2
    devices: int = 2
    before: float = 5.0
    after: float = 5.0


class Outcome(NamedTuple):
    """How it went: what is wrong, how long each step took in seconds, and what was counted."""

    findings: list[str]
    seconds: dict[str, float]
    counts: dict[str, int]


async def drill(local: Local, asked: Asked, progress: Progress, home: Path) -> Outcome:
    """Run the whole drill on a Parley that nobody else uses."""
    devices = await asyncio.to_thread(_people, local, asked, home)
    seconds: dict[str, float] = {}
    end = asyncio.Event()
    with progress.step(f"{len(devices)} devices connect"):
        await asyncio.gather(*(device.start() for device in devices))
        await _until(lambda: all(d.live for d in devices))
    writing = [asyncio.create_task(device.talk(end)) for device in devices]
    with ExitStack() as held:
        try:
            await asyncio.sleep(asked.before)
            point = time.monotonic()
            with progress.step("the recovery point: both tables are backed up while everybody writes"):
                await asyncio.to_thread(_back_up, local)
            seconds["backup"] = time.monotonic() - point
            await asyncio.sleep(asked.after / 2)
            away = devices[-1]
            await away.stop()
            await asyncio.sleep(asked.after / 2)
            destroyed = time.monotonic()
            with progress.step("both tables are deleted, while everybody writes"):
                await asyncio.to_thread(_destroy, local)
            with progress.step("make restore: the tables come back from their last backups"):
                made = await asyncio.to_thread(_restore, local)
            seconds["restored"] = time.monotonic() - destroyed
            with progress.step("make deploy: the functions use them; make reconnect: every socket is closed"):
                back = await asyncio.to_thread(_switch, local, made, held)
            seconds["deployed"] = time.monotonic() - destroyed
            with progress.step("everybody is back, and one who was away all the time"):
                await away.start()
                await _until(lambda: all(d.live for d in devices))
            seconds["live"] = time.monotonic() - destroyed
            await asyncio.sleep(asked.after)
        finally:
            end.set()
            await asyncio.gather(*writing)
        with progress.step("every conversation is whole on every device"):
            notes = await _settled(local, devices, made, point, back)
        seconds["whole"] = time.monotonic() - destroyed
        counts = _counts(notes, devices)
        await asyncio.gather(*(device.stop() for device in devices))
    return Outcome(judge.findings(notes), {k: round(v, 2) for k, v in seconds.items()}, counts)


def _people(local: Local, asked: Asked, home: Path) -> list[Device]:
    consumers = [local.create_user(f"Consumer{n}", "consumer") for n in range(asked.consumers)]
    providers = [local.create_user(f"Provider{n}", "provider") for n in range(asked.providers)]
    found = []
    for users, others in ((consumers, providers), (providers, consumers)):
        for user in users:
            for number in range(asked.devices):
                name = f"{user.name.lower()}-{number}"
                found.append(Device(local, user, name, [o.id for o in others], home / name))
    return found


def _back_up(local: Local) -> None:
    """Back up the Log first: of an entry that only the Directory knows, no more than a push is missing."""
    for table in ("LogTable", "DirectoryTable"):
        local.dynamodb.create_backup(TableName=local.outputs[table], BackupName="drill")


def _destroy(local: Local) -> None:
    for table in ("LogTable", "DirectoryTable"):
        local.dynamodb.delete_table(TableName=local.outputs[table])


def _restore(local: Local) -> Tables:
    """Restore as ``make restore`` does without a time."""
    sources = (local.outputs["LogTable"], local.outputs["DirectoryTable"])
    clients = tables.Clients(local.dynamodb, None, poll=0.1)
    wanted = tables.Wanted(LOCAL, sources, recorded=False, protect=False)
    backups = tables.last_backups(local.dynamodb, sources)
    return tables.from_backups(wanted, backups, "", clients, lambda _: None)


def _switch(local: Local, made: Tables, held: ExitStack) -> float:
    """Deploy with these tables, as ``make deploy`` does, and return from when on all functions use them."""
    environment = load(LOCAL).model_copy(update={"tables": made, "analytics": False})
    session = boto3.Session("test", "test", region_name=environment.region)
    wanted = Wanted(environment, local.pushes.application, package.local_codes(), local.gateway.endpoint)
    deployed = deployment.bring_about(session, local.endpoint, wanted, local.place)
    local.outputs.update(deployed.outputs)
    _publish(local)
    local.gateway.restart()  # its workers were started with the old tables' names; it closes every socket
    back = time.monotonic()
    for mapping in deployed.mappings:
        if mapping["FunctionName"] == {"Ref": f"NotifierFunction{workarounds.ALIAS_SUFFIX}"}:
            local.notifying = [held.enter_context(source(mapping, deployed.physical, session, local, keep=False))]
    return back


def _publish(local: Local) -> None:
    """Give every alias a version with the new variables, which the embedded AWS publishes before it has set them."""
    for page in local.functions.get_paginator("list_functions").paginate():
        for name in (f["FunctionName"] for f in page["Functions"]):
            for alias in local.functions.list_aliases(FunctionName=name)["Aliases"]:
                version = local.functions.publish_version(FunctionName=name)["Version"]
                local.functions.update_alias(FunctionName=name, Name=alias["Name"], FunctionVersion=version)


async def _settled(local: Local, devices: list[Device], made: Tables, point: float, back: float) -> Notes:
    """Return the notes as soon as nothing is wrong with them, or at the end of the limit."""
    until = time.monotonic() + _CONVERGE_S
    while True:
        notes = await asyncio.to_thread(_notes, local, devices, made.log, point, back)
        if not judge.findings(notes) or time.monotonic() > until:
            return notes
        await asyncio.sleep(0.5)


def _notes(local: Local, devices: list[Device], log: str, point: float, back: float) -> Notes:
    return Notes(
        accepted=frozenset(m for d in devices for m in d.accepted),
        acks=[a for d in devices for a in list(d.acks)],
        failed=[m for d in devices for m in d.failed],
        waiting={d.name: d.waiting for d in devices},
        log=_log(local, log),
        devices={d.name: d.held() for d in devices},
        members={d.name: d.conversations() for d in devices},
        point=point,
        back=back,
    )


def _log(local: Local, table: str) -> dict[str, list[Line]]:
    config = Config(proxies={})
    client: Any = boto3.Session("test", "test", region_name=load(LOCAL).region).client(
        "dynamodb", endpoint_url=local.endpoint, config=config
    )
    found: dict[str, list[Line]] = {}
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            found.setdefault(item["conversation"]["S"], []).append((int(item["seq"]["N"]), item["id"]["S"]))
    return {conversation: sorted(lines) for conversation, lines in found.items()}


def _counts(notes: Notes, devices: list[Device]) -> dict[str, int]:
    return {
        "devices": len(devices),
        "conversations": len(notes.log),
        "messages": len(notes.accepted),
        "acknowledged before the recovery point": sum(a.at < notes.point for a in notes.acks),
        "lost, written between the recovery point and the recovery": len(judge.lost(notes)),
        "acknowledged after the recovery": sum(a.at >= notes.back for a in notes.acks),
        "devices that began again": sum(d.rewound > 0 for d in devices),
    }


async def _until(done: Any, limit: float = _CONVERGE_S) -> None:
    until = time.monotonic() + limit
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"not there within {limit:.0f} s")
        await asyncio.sleep(0.1)
