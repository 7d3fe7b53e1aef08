"""Writes docs/openapi.json from the HTTP API's own routes; ``--check`` only says whether it is up to date.

python -m docs.openapi [--check]
"""

import json
import sys
from pathlib import Path
from typing import Any

from docs import gateway_responses
from docs.output import write_or_check
from parley.accounts import exports, profiles, user_data
from parley.accounts import resource as accounts
from parley.accounts.memory import MemoryAccounts, MemoryData, MemoryExports, MemoryFiles, MemoryJobs, MemoryProfiles
from parley.chat import receipts, send
from parley.chat.inbox import preferences
from parley.chat.memory import MemoryDirectory, MemoryLog, MemoryLogSnapshots
from parley.chat.people import blocks
from parley.delivery import devices
from parley.delivery.memory import MemoryDevices, MemoryPush, MemorySockets
from parley.media import archive, links, media_events, uploads
from parley.media import resource as media
from parley.media.memory import MemoryLinks, MemoryMediaRegistry, MemoryObjects
from parley.moderation import reports
from parley.moderation.memory import MemoryReports
from parley.runtime import dependencies
from parley.runtime.telemetry import Telemetry
from rest import app, problems

PATH = Path(__file__).parent / "openapi.json"
_DESCRIPTION = (
    "Profiles, devices, conversations and media beside the sockets (asyncapi.json); what the fields mean together is "
    "in http.md. Errors are problem documents (RFC 9457) with the codes of protocol.md, but for what API Gateway says "
    "by itself. Generated from rest/."
)


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 description."""
    directory, sockets = MemoryDirectory(), MemorySockets()
    log = MemoryLog(directory)
    register, objects, push = MemoryMediaRegistry(directory), MemoryObjects(), MemoryPush()
    deps = dependencies.Rest(
        profiles=profiles.Ports(
            profiles=MemoryProfiles(directory),
            snapshots=directory,
            memberships=directory,
            media_references=directory,
            connections=directory,
            sockets=sockets,
        ),
        sending=send.Ports(
            log=log,
            log_snapshots=MemoryLogSnapshots(log, directory),
            snapshots=directory,
            block_counts=directory,
            connections=directory,
            sockets=sockets,
        ),
        rules=send.Rules(),
        marking=receipts.Ports(
            log=log,
            log_snapshots=MemoryLogSnapshots(log, directory),
            snapshots=directory,
            memberships=directory,
            connections=directory,
            sockets=sockets,
        ),
        keeping=preferences.Ports(snapshots=directory, memberships=directory, connections=directory, sockets=sockets),
        blocks=blocks.Ports(directory, directory),
        devices=devices.Ports(directory, MemoryDevices(directory), push),
        reports=reports.Ports(log=log, connections=directory, reports=MemoryReports()),
        data=user_data.Ports(data=MemoryData(directory), connections=directory, sockets=sockets),
        account=accounts.Ports(
            accounts=MemoryAccounts(directory),
            exports=exports.Asking(exports=MemoryExports(directory), jobs=MemoryJobs(), files=MemoryFiles()),
        ),
        media=media.Ports(
            uploading=uploads.Ports(registry=register, objects=objects, snapshots=directory),
            rules=uploads.Rules(),
            showing=links.Ports(
                registry=register,
                objects=objects,
                links=MemoryLinks(),
                snapshots=directory,
                archiving=archive.Ports(
                    register,
                    media_events.Ports(
                        snapshots=directory,
                        memberships=directory,
                        connections=directory,
                        sockets=sockets,
                        devices=MemoryDevices(directory),
                        push=push,
                    ),
                ),
            ),
        ),
        telemetry=Telemetry(),
    )
    schema = app.application(deps, lambda: 0).get_openapi_schema(
        title="Parley",
        version=app.VERSION,
        description=_DESCRIPTION,
        security_schemes={"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},  # type: ignore[dict-item]
        security=[{"token": []}],
    )
    described: dict[str, Any] = json.loads(schema.model_dump_json(by_alias=True, exclude_none=True))
    described["info"] |= {
        "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        "contact": {"name": "The maintainers"},
    }
    described["components"]["schemas"]["Told"] = problems.Told.model_json_schema()
    return gateway_responses.complete(described)


def main() -> int:
    """0 when the file is (now) what the routes say."""
    text = json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    return write_or_check(PATH, text, "docs.openapi")


if __name__ == "__main__":
    sys.exit(main())
