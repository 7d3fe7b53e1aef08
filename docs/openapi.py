"""Writes docs/openapi.json from the HTTP API's own routes; ``--check`` only says whether it is up to date.

python -m docs.openapi [--check]
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from chat import devices, keep, mark, reports, send
from chat.memory import (
    InTurn,
    MemoryDevices,
    MemoryDirectory,
    MemoryLog,
    MemoryPush,
    MemoryReports,
    MemorySockets,
)
from docs import completed
from docs.generated import write_or_check
from entrance.telemetry import Telemetry
from media import archiving, showing, telling, uploading
from media.memory import MemoryLinks, MemoryObjects, MemoryRegister
from rest import account, app, media, problems, wiring
from users import exporting, profiles, synced
from users.memory import MemoryAccounts, MemoryData, MemoryExports, MemoryFiles, MemoryJobs, MemoryProfiles

PATH = Path(__file__).parent / "openapi.json"
_DESCRIPTION = (
    "Profiles, devices, conversations and media beside the sockets (asyncapi.json); what the fields mean together is "
    "in http.md. Errors are problem documents (RFC 9457) with the codes of protocol.md, but for what API Gateway says "
    "by itself. Generated from rest/."
)


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 description."""
    os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Parley")
    directory, sockets = MemoryDirectory(), MemorySockets()
    log, together = MemoryLog(directory), InTurn()
    register, objects, push = MemoryRegister(directory), MemoryObjects(), MemoryPush()
    made = wiring.Rest(
        profiles=profiles.Ports(profiles=MemoryProfiles(directory), directory=directory, sockets=sockets),
        sending=send.Ports(log, directory, sockets, together),
        rules=send.Rules(),
        marking=mark.Ports(log, directory, sockets, together),
        keeping=keep.Ports(directory, sockets),
        devices=devices.Ports(directory, MemoryDevices(directory), push),
        reports=reports.Ports(log, directory, MemoryReports()),
        data=synced.Ports(data=MemoryData(directory), directory=directory, sockets=sockets),
        account=account.Ports(
            accounts=MemoryAccounts(directory),
            exports=exporting.Asking(exports=MemoryExports(directory), jobs=MemoryJobs(), files=MemoryFiles()),
        ),
        media=media.Ports(
            uploading=uploading.Ports(register, objects, directory),
            rules=uploading.Rules(),
            showing=showing.Ports(
                register,
                objects,
                MemoryLinks(),
                directory,
                archiving.Ports(register, telling.Ports(directory, sockets, MemoryDevices(directory), push)),
            ),
        ),
        telemetry=Telemetry(),
    )
    schema = app.application(made, lambda: 0).get_openapi_schema(
        title="Parley",
        version=app.VERSION,
        description=_DESCRIPTION,
        security_schemes={"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},  # type: ignore[dict-item]
        security=[{"token": []}],
    )
    described: dict[str, Any] = json.loads(schema.model_dump_json(by_alias=True, exclude_none=True))
    described["components"]["schemas"]["Told"] = problems.Told.model_json_schema()
    return completed.complete(described)


def main() -> int:
    """0 when the file is (now) what the routes say."""
    text = json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    return write_or_check(PATH, text, "docs.openapi")


if __name__ == "__main__":
    sys.exit(main())
