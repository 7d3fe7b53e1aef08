"""A worker's process, and how its end is noticed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra import package
from infra.local.gateway.functions.framing import CALL, CALLED, HEAD, HELLO, READY, frame

pytestmark = pytest.mark.enable_socket  # the test talks to it through a pair of sockets

HANDLER = """
import os, time

def handler(event, context):
    if event["how"] == "fork":
        if os.fork() == 0:
            time.sleep(60)
    else:
        os.system("sleep 60 &")
    print("begun", flush=True)
    os._exit(3)
"""


@pytest.mark.parametrize("how", ["fork", "start"])
def test_what_a_worker_has_begun_does_not_hide_its_death(how: str, tmp_path: Path):
    (tmp_path / "begun.py").write_text(HANDLER)
    ours, its = socket.socketpair()
    ours.settimeout(10)
    program = (
        "import socket, sys; from infra.local.gateway.functions import worker; "
        f"sys.path.insert(0, {str(tmp_path)!r}); worker.serve(socket.socket(fileno={its.fileno()}), 'begun.handler')"
    )
    names = ("NAME", "VERSION", "MEMORY_SIZE")
    environment = {f"AWS_LAMBDA_FUNCTION_{name}": "1" for name in names} | {
        "AWS_LAMBDA_LOG_GROUP_NAME": "", "AWS_LAMBDA_LOG_STREAM_NAME": "", "PARLEY_FUNCTION_ARN": "",
        "LAMBDA_TASK_ROOT": str(tmp_path),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=package.ROOT, env=os.environ | environment, pass_fds=[its.fileno()], start_new_session=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        its.close()
        for kind in (HELLO, READY):
            length, said = HEAD.unpack(ours.recv(HEAD.size))
            assert said == kind
            ours.recv(length)
        deadline = int(time.time() * 1000) + 5000
        ours.sendall(frame(CALLED, CALL.pack(deadline, b"r" * 36) + json.dumps({"how": how}).encode()))
        assert ours.recv(1) == b""
        assert process.wait(10) == 3
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        ours.close()
