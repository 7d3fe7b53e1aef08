"""Whatever the request, the HTTP API gives an answer that docs/openapi.json describes, and never fails.

schemathesis makes the requests from the document. There are good ones and bad ones, the same in every run.
"""

import json
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from docs import openapi
from infra.local.stack import User
from tests.e2e.asking import Http
from tests.e2e.deployment import Deployment

pytestmark = pytest.mark.gateway_only  # to a bad request, the emulator's data plane does not answer as API Gateway
schema = schemathesis.openapi.from_dict(json.loads(openapi.PATH.read_text()))
CHECKS = [
    checks.not_a_server_error,
    *checks.CHECKS.get_by_names(
        [
            "status_code_conformance",
            "content_type_conformance",
            "response_headers_conformance",
            "response_schema_conformance",
            "missing_required_header",
        ]
    ),
]


@pytest.fixture
def session(http: Http, alice: User) -> requests.Session:
    """A session of a new user, since a request may end their account."""
    made = requests.Session()
    made.trust_env = False
    made.headers["Authorization"] = f"Bearer {http.token(alice)}"
    return made


@schema.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_in_the_schema(
    case: schemathesis.Case[Any], deployment: Deployment, session: requests.Session, bob: User, dm: str
):
    for known in ({}, {"user": bob.id, "conversation": dm}):
        for name in known.keys() & case.path_parameters.keys():
            case.path_parameters[name] = known[name]
        case.call_and_validate(base_url=deployment.http_url, session=session, checks=CHECKS)
