"""Import and init of a function, compared with bare boto3 and its two clients: CPU, in fresh processes taking turns.

What is started is the package, unpacked, with what Lambda's image has beside it and nothing else. The package contains
byte code, as Lambda's image does. Both are measured from the script's first line to a ready handler, or to two ready
clients. The interpreter's own start is in neither. The ratio is the median of the turns' ratios.

Whatever is put off until the first request is still waited for by the first user. ``rest_first_ratio`` is therefore the
HTTP function's start with its first request, for an inbox, over bare boto3's start with its first query. AWS's answers
are made within the process.

Pydantic and Powertools' resolver make the HTTP function's start about 1.6 times as long as a bare one. In return there
is one description of every request and answer, which is used to check them and is published. The functions on the path
of a message do without. One function for all resources stays warm.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile

from infra import package
from tests.bench.scene import REST_SETTINGS
from tests.rest.asking import http

_TURNS = 11
_PROGRAM = """
import sys, time
sys.path[:0] = sys.argv[1:3]
began = time.process_time()
{start}
started = time.process_time()
{offline}
again = time.process_time()
{request}
print()
print(started - began, started - began + time.process_time() - again)
"""
_OFFLINE = """
import botocore.awsrequest, botocore.httpsession
class Content:
    def stream(self, **_):
        yield b'{"Items": [], "Count": 0}'
def send(self, request):
    return botocore.awsrequest.AWSResponse(request.url, 200, {}, Content())
botocore.httpsession.URLLib3Session.send = send
"""
_BARE = """
import boto3
dynamodb = boto3.client("dynamodb")
boto3.client("apigatewaymanagementapi", endpoint_url="http://127.0.0.1:9/live")
"""
_QUERY = 'dynamodb.query(TableName="Directory", KeyConditionExpression="a = :a")["Items"]'
_OURS = {
    "message": "from realtime import message\nhandler = message.handler",
    "connect": "from realtime import connect\nhandler = connect.handler",
    "rest": "from rest import app\nhandler = app.handler",
}
_INBOX = "import json\nassert handler(json.loads(sys.argv[3]), None)['statusCode'] == 200"


def measure() -> dict[str, float]:
    """Return ``cold_start.*_ratio``: of the three functions, and of the HTTP function with its first request."""
    requests = {"rest": _INBOX}
    with tempfile.TemporaryDirectory() as code:
        zipfile.ZipFile(io.BytesIO(package.local_codes()["CodeKey"])).extractall(code)
        for program in (_BARE, *_OURS.values()):
            _cpu(program, "", code)  # gets files into the disk's cache
        turns = [
            (_cpu(_BARE, _QUERY, code), {name: _cpu(p, requests.get(name, ""), code) for name, p in _OURS.items()})
            for _ in range(_TURNS)
        ]
    ratios = {name: statistics.median(ours[name][0] / bare[0] for bare, ours in turns) for name in _OURS}
    ratios["rest_first"] = statistics.median(ours["rest"][1] / bare[1] for bare, ours in turns)
    return {f"cold_start.{name}_ratio": ratio for name, ratio in ratios.items()}


def _cpu(start: str, request: str, code: str) -> tuple[float, float]:
    """Return the CPU seconds of a start, and of a start with a first request."""
    program = _PROGRAM.format(start=start, offline=_OFFLINE if request else "", request=request)
    command = [sys.executable, "-I", "-S", "-B", "-c", program, code, str(package.runtime())]
    command.append(json.dumps(http("GET", "/conversations")))
    environment = {"PATH": os.environ["PATH"], **REST_SETTINGS}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    started, answered = done.stdout.split()[-2:]
    return float(started), float(answered)
