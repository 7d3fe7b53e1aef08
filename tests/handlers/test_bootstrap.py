"""A cold start pays for nothing superfluous: a function loads nothing that only another one needs."""

import json
import os
import subprocess
import sys

import pytest

from rest import resources
from tests.handlers.test_wiring import ENVIRONMENT
from tests.rest.test_wiring import ENVIRONMENT as REST_ENVIRONMENT

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


def loaded(handler: str, variables: dict[str, str]) -> tuple[list[str], list[str]]:
    """The modules that a function has loaded, and the services that it has clients for, once it is ready."""
    environment = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1", **variables}
    command = [sys.executable, "-c", _PROGRAM.format(handler)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    modules, clients = json.loads(done.stdout)
    return modules, clients


def test_the_http_function_loads_no_resource_before_a_request_and_no_client_that_few_requests_need():
    modules, clients = loaded("rest.app", REST_ENVIRONMENT)
    assert {f"rest.{name}" for name in (*resources.NAMES, "user_data")} & set(modules) == set()
    assert set(clients) == {"dynamodb", "apigatewaymanagementapi", "sns"}


@pytest.mark.parametrize("name", ["message", "connect", "disconnect", "authorizer"])
def test_the_sockets_functions_load_nothing_of_media_accounts_or_http(name: str):
    modules, clients = loaded(f"realtime.{name}", ENVIRONMENT)
    assert [m for m in modules if any(m == f or m.startswith(f"{f}.") for f in _FOREIGN)] == []
    assert set(clients) <= {"dynamodb", "apigatewaymanagementapi"}
