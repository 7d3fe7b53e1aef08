"""Import and init of a function, over bare boto3 with its two clients: CPU, fresh processes taking turns.

Both from the script's first line to a ready handler, or two ready clients; the interpreter's own start is in
neither. The ratio is the median of the turns' ratios.
"""

import os
import statistics
import subprocess
import sys

from tests.bench.scene import SETTINGS

_TURNS = 11
_PROGRAM = "import time; began = time.process_time()\n{}\nprint(time.process_time() - began)"
_BARE = """
import boto3
boto3.client("dynamodb")
boto3.client("apigatewaymanagementapi", endpoint_url="http://127.0.0.1:9/live")
"""
_OURS = "from realtime import {name}\n{name}.handler"


def measure() -> dict[str, float]:
    """``cold_start.*_ratio`` of the message and the connect function."""
    programs = {name: _OURS.format(name=name) for name in ("message", "connect")}
    for program in (_BARE, *programs.values()):
        _cpu(program)  # byte code compiled, files in the disk's cache
    turns = [(_cpu(_BARE), {name: _cpu(p) for name, p in programs.items()}) for _ in range(_TURNS)]
    return {
        f"cold_start.{name}_ratio": statistics.median(ours[name] / bare for bare, ours in turns) for name in programs
    }


def _cpu(program: str) -> float:
    environment = {"PATH": os.environ["PATH"], **SETTINGS}
    command = [sys.executable, "-c", _PROGRAM.format(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
