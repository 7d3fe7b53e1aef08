"""The program of the emulator's process: the emulator's application, on uvicorn.

The emulator's own server, hypercorn, takes as long for a call as the emulator itself does.
"""

import importlib
import os
import shlex
import sys
from pathlib import Path

import uvicorn

from infra import package
from infra.local import policy_variables
from infra.local.child_process import allow_many_files, end_with_starter


def _isolate_functions() -> None:
    """Have the emulator start its functions with a Python that has Lambda's runtime, and not our environment."""
    wrapper = Path(os.environ["TMPDIR"]) / "python"
    python, runtime = shlex.quote(sys.executable), shlex.quote(str(package.runtime()))
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={runtime} exec {python} -P -S -B "$@"\n')
    wrapper.chmod(0o700)
    sys.executable = str(wrapper)


def main() -> None:
    """Serve until told to stop."""
    end_with_starter()
    allow_many_files()
    policy_variables.teach()
    _isolate_functions()
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
