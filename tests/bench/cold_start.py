"""Import and init of a function, compared with bare boto3 and its two clients: CPU, in fresh processes taking turns.

What is started is the package, unpacked, with what Lambda's image has beside it and nothing else. The package has no
byte code, and Lambda's code directory cannot be written to, so every start compiles what it imports. Both are measured
from the script's first line to a ready handler, or to two ready clients. The interpreter's own start is in neither. The
ratio is the median of the turns' ratios.

The HTTP function has no target. Pydantic and Powertools' resolver (their import, and the models built from each route)
make it several times a bare start. In return there is one description of every request and answer, which is used to
check them and is published. The functions on the path of a message do without. One function for all resources stays
warm.
"""

import io
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile

from infra import package
from tests.bench.scene import REST_SETTINGS

_TURNS = 11
_PROGRAM = (
    "import sys, time; sys.path[:0] = sys.argv[1:]; began = time.process_time()\n{}\nprint(time.process_time() - began)"
)
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
    with tempfile.TemporaryDirectory() as code:
        zipfile.ZipFile(io.BytesIO(package.local_codes()["CodeKey"])).extractall(code)
        for program in (_BARE, *_OURS.values()):
            _cpu(program, code)  # gets files into the disk's cache
        turns = [(_cpu(_BARE, code), {name: _cpu(p, code) for name, p in _OURS.items()}) for _ in range(_TURNS)]
    return {f"cold_start.{name}_ratio": statistics.median(ours[name] / bare for bare, ours in turns) for name in _OURS}


def _cpu(program: str, code: str) -> float:
    environment = {"PATH": os.environ["PATH"], **REST_SETTINGS}
    command = [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM.format(program), code, str(package.runtime())]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
