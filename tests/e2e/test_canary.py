"""The canary's exchange over real sockets, with users as its command makes them."""

import json
from typing import Any

import pytest

from infra import canary
from parley.canary import exchange
from parley.canary.aws.sign_ins import CognitoSignIns
from parley.canary.sockets import WebSocketDialer
from parley.core.errors import Unavailable
from tests.e2e.deployment import Deployment

PATIENCE_S = 60
"""This machine may be busy with other tests."""


class Parameters:
    """A Parameter Store: it holds what it is given, and nothing else here needs the real one."""

    def __init__(self) -> None:
        self.stored: dict[str, Any] = {}

    def put_parameter(self, **given: Any) -> None:
        self.stored = given

    def get_parameter(self, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803
        assert (Name, WithDecryption, self.stored["Type"]) == (self.stored["Name"], True, "SecureString")
        return {"Parameter": {"Value": self.stored["Value"]}}


@pytest.fixture
def parameters() -> Parameters:
    return Parameters()


def ports(deployment: Deployment, parameters: Any) -> exchange.Ports:
    sign_ins = CognitoSignIns(deployment.cognito, parameters, parameter=canary.parameter("dev"), app=deployment.client)
    return exchange.Ports(sign_ins=sign_ins, dialer=WebSocketDialer(deployment.url, PATIENCE_S))


def test_its_users_exchange_a_message_whenever_they_are_made(deployment: Deployment, parameters: Any) -> None:
    ids = canary.make(deployment._users, parameters, "dev")
    first = json.loads(parameters.stored["Value"])["password"]
    done = exchange.run("sung-1", ports(deployment, parameters), limit=PATIENCE_S)
    assert 0 < done.ack_ms <= PATIENCE_S * 1000
    assert canary.make(deployment._users, parameters, "dev") == ids
    assert json.loads(parameters.stored["Value"])["password"] != first
    exchange.run("sung-2", ports(deployment, parameters), limit=PATIENCE_S)
    conversation = "dm:" + ":".join(sorted(ids))
    stored, _ = deployment.log.after(conversation, 0, limit=10)
    assert [e.id for e in stored] == ["sung-1", "sung-2"]


def test_a_wrong_password_is_said_by_its_code(deployment: Deployment, parameters: Any) -> None:
    canary.make(deployment._users, parameters, "dev")
    kept = json.loads(parameters.stored["Value"])
    parameters.stored["Value"] = json.dumps({**kept, "password": "Aa1-something-else"})
    with pytest.raises(Unavailable, match="the sign-in of the writer: NotAuthorizedException"):
        exchange.run("sung-3", ports(deployment, parameters))
