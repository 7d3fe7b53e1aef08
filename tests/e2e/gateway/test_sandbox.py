"""A function finds the same sandbox whoever runs it here: the gateway, or the embedded AWS itself."""

import errno
import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.e2e.gateway.probing import Probes, ask, dial

pytestmark = pytest.mark.gateway_only

LAMBDAS = {
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_FORMAT",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_LEVEL",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_TASK_ROOT",
    "LANG",
    "PATH",
    "TZ",
    "_HANDLER",
}
"""The variables that Lambda sets. Source: "Defined runtime environment variables" in the Lambda developer guide."""
OURS = {
    "AWS_EC2_METADATA_DISABLED",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_COGNITO_IDP",
    "AWS_ENDPOINT_URL_SNS",
    "NO_PROXY",
    "PARLEY_FUNCTION_ARN",  # the gateway's worker needs it
    "_LAMBDA_TIMEOUT",  # the embedded AWS's does
    "_MINISTACK_INVOKE_DEPTH",
    "_X_AMZN_TRACE_ID",  # Lambda's too, for each invocation; the embedded AWS does not set it
}
"""The variables that only one kind of function on this machine has."""


def by_gateway(probes: Probes) -> Any:
    with dial(probes.local.gateway, probes.whole) as socket:
        return ask(socket, do="sandbox")


def by_emulator(probes: Probes) -> Any:
    functions = boto3.client("lambda", "us-east-1", endpoint_url=probes.local.endpoint)
    event = {"requestContext": {"eventType": "MESSAGE"}, "body": json.dumps({"do": "sandbox"})}
    answer = functions.invoke(FunctionName="probe", Payload=json.dumps(event).encode())
    return json.loads(json.load(answer["Payload"])["body"])


@pytest.mark.parametrize("run", [by_gateway, by_emulator])
def test_a_function_may_write_in_tmp_only_and_inherits_nothing(probes: Probes, run: Callable[[Probes], Any]):
    found = run(probes)
    assert found["written"] == [errno.EROFS, errno.EROFS, errno.EROFS, None]
    assert found["temporary"].startswith("/tmp/")  # noqa: S108
    variables = found["variables"]
    assert (LAMBDAS - variables.keys(), variables.keys() - LAMBDAS - OURS) == (set(), set())
    assert (variables["AWS_LAMBDA_LOG_FORMAT"], variables["AWS_LAMBDA_LOG_LEVEL"]) == ("JSON", "INFO")
    assert (variables["_HANDLER"], variables["AWS_LAMBDA_FUNCTION_NAME"]) == ("probe.handler", "probe")
    assert found["level"] == logging.INFO
    assert not any("site-packages" in entry or entry in ("", sys.path[0]) for entry in found["path"])
