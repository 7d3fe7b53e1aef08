"""A cold start pays for nothing superfluous: a function loads nothing that only another one needs."""

import json
import os
import subprocess
import sys

import pytest

from tests.handlers.test_wiring import ENVIRONMENT

_PROGRAM = """
import importlib, json, sys
import botocore.session
asked, create = [], botocore.session.Session.create_client
def noted(self, service, *args, **more):
    asked.append(service)
    return create(self, service, *args, **more)
botocore.session.Session.create_client = noted
assert callable(importlib.import_module({!r}).handler)
print(json.dumps([sorted(sys.modules), asked]))
"""
_FOREIGN = ("boto3.s3", "pydantic", "parley.media", "parley.accounts")


@pytest.mark.parametrize("name", ["message", "connect", "disconnect", "authorizer"])
def test_the_sockets_functions_load_nothing_of_media_accounts_or_http(name: str):
    environment = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1", **ENVIRONMENT}
    command = [sys.executable, "-c", _PROGRAM.format(f"realtime.{name}")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    modules, clients = json.loads(done.stdout)
    assert [m for m in modules if any(m == f or m.startswith(f"{f}.") for f in _FOREIGN)] == []
    assert set(clients) <= {"dynamodb", "apigatewaymanagementapi"}
