"""The program of the emulator's process: the emulator's application, on uvicorn.

The emulator's own server, hypercorn, takes as long for a call as the emulator itself does.
"""

import importlib
import os
from pathlib import Path

import uvicorn

from infra.local import emulated_functions, policy_variables
from infra.local.child_process import allow_many_files, end_with_starter


def main() -> None:
    """Serve until told to stop."""
    end_with_starter()
    allow_many_files()
    policy_variables.teach()
    emulated_functions.teach(Path(os.environ["TMPDIR"]))
    uvicorn.run(
        # The application is loaded by name. Loading takes seconds, which must be watched too, and there are no type
        # hints.
        importlib.import_module("ministack.app").app,
        host=os.environ["BIND_HOST"],
        port=int(os.environ["GATEWAY_PORT"]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_ping_interval=None,
        lifespan="on",
        log_level=os.environ["LOG_LEVEL"].lower(),
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()
