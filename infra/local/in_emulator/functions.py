"""Lambda's sandbox for the functions that the embedded AWS runs by itself.

This is number 21 in ``infra.local.workarounds``. The embedded AWS starts a function with its own variables and its own
Python, and with nothing of what a function's configuration says of its log. Here, in its process, it is given another
program to start (``infra.local.sandbox``), and the missing variables. It would also unpack 2,000 files for each process
of a function; instead, all of them share what the gateway's workers run, too.

This module uses the emulator's underscored names, as ``policy_variables`` beside it does. The end-to-end tests fail
if these names have changed.
"""

import importlib
import shlex
import sys
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from infra import package
from infra.local import sandbox, unpacking


def teach(directory: Path, code: Path) -> None:
    """Have the emulator in this process start its functions in the sandbox.

    Args:
        directory: takes the program for it.
        code: where the functions' code is unpacked.
    """
    sys.executable = str(_program(directory))
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": partial(_Shared, code)})
    runtime._RESERVED_RUNTIME_ENV_VARS.discard("_HANDLER")
    spawn = runtime.Worker._spawn

    def sandboxed(worker: Any) -> None:
        worker.config = with_log_settings(worker.config)
        spawn(worker)

    runtime.Worker._spawn = sandboxed


def with_log_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a function's configuration with the variables in which Lambda tells the function of it."""
    own = config.get("Environment", {}).get("Variables", {})
    logs = config.get("LoggingConfig", {})
    told = {
        "_HANDLER": config["Handler"],
        "AWS_LAMBDA_LOG_FORMAT": logs.get("LogFormat", "Text"),
        "AWS_LAMBDA_LOG_GROUP_NAME": logs.get("LogGroup", f"/aws/lambda/{config['FunctionName']}"),
    }
    if level := logs.get("ApplicationLogLevel"):
        told["AWS_LAMBDA_LOG_LEVEL"] = level
    return {**config, "Environment": {"Variables": {**own, **told}}}


class _Shared(zipfile.ZipFile):
    """A function's code as a zip. Where it is to be unpacked, a link leads to the one place where it is."""

    def __init__(self, code: Path, path: str) -> None:
        super().__init__(path)
        self._code = code

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:  # noqa: ARG002
        archive = Path(str(self.filename)).read_bytes()
        shared = unpacking.unpack(archive, self._code / unpacking.name_of(archive))
        Path(path).rmdir()  # the emulator has just made it
        Path(path).symlink_to(shared, target_is_directory=True)


def _program(directory: Path) -> Path:
    """Write a program that stands in for Python where the emulator starts a function."""
    program = directory / "python"
    words = [sys.executable, "-I", "-S", "-B", sandbox.__file__, str(package.runtime())]
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    program.chmod(0o700)
    return program
