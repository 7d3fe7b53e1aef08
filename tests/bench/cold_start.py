"""Import and init of a function, compared with bare boto3 and its two clients: CPU, in fresh processes taking turns.

Both are measured from the script's first line to a ready handler, or to two ready clients. The interpreter's own start
is in neither. The ratio is the median of the turns' ratios.

The HTTP function has no target. Pydantic and Powertools' resolver (their import, and the models built from each route)
make it several times a bare start. In return there is one description of every request and answer, which is used to
check them and is published. The functions on the path of a message do without. One function for all resources stays
warm.
"""

import os
import statistics
import subprocess
import sys

from tests.bench.scene import REST_SETTINGS

_TURNS = 11
_PROGRAM = "import time; began = time.process_time()\n{}\nprint(time.process_time() - began)"
_BARE = """
import boto3
boto3.client("dynamodb")
boto3.client("apigatewaymanagementapi", endpoint_url="http://127.0.0.1:9/live")
"""
_OURS = {
    "message": "from realtime import message\nmessage.handler",
    "connect": "from realtime import connect\nconnect.handler",
    "rest": "from rest import app\napp.handler",
}


def measure() -> dict[str, float]:
    """Return ``cold_start.*_ratio`` of the message, the connect and the HTTP function."""
    for program in (_BARE, *_OURS.values()):
        _cpu(program)  # gets byte code compiled, and files into the disk's cache
    turns = [(_cpu(_BARE), {name: _cpu(p) for name, p in _OURS.items()}) for _ in range(_TURNS)]
    return {f"cold_start.{name}_ratio": statistics.median(ours[name] / bare for bare, ours in turns) for name in _OURS}


def _cpu(program: str) -> float:
    environment = {"PATH": os.environ["PATH"], **REST_SETTINGS}
    command = [sys.executable, "-c", _PROGRAM.format(program)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
