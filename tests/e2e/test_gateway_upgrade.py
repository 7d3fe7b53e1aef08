"""The upgrade, as API Gateway answers it: the authorizer's word, the connect function's, and the sub-protocol."""

import json

import pytest
from websockets.exceptions import InvalidStatus

from infra.local.stack import User
from tests.e2e.deployment import Deployment, open_socket
from tests.e2e.probing import Probes, ask, dial

pytestmark = pytest.mark.gateway_only


def refusal(probes: Probes, **query: str) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused:
        dial(probes.local.gateway, probes.whole, **query)
    response = refused.value.response
    told = json.loads(response.body)
    assert set(told) == {"message", "connectionId", "requestId"}
    return response.status_code, told["message"]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("", (401, "Unauthorized")),  # the identity source is missing
        ("unauthorized", (401, "Unauthorized")),
        ("deny", (403, "User is not authorized to access this resource with an explicit deny")),
        ("neither", (403, "User is not authorized to access this resource")),
        ("error", (500, "Internal server error")),
    ],
)
def test_who_is_not_authorized_is_refused(probes: Probes, wish: str, expected: tuple[int, str]):
    assert refusal(probes, auth=wish) == expected


def test_a_connect_function_that_says_no_refuses_with_its_status(probes: Probes):
    assert refusal(probes, status="418")[0] == 418


@pytest.mark.parametrize("fail", ["raise", "nonsense"])
def test_a_connect_function_that_fails_is_a_bad_gateway(probes: Probes, fail: str):
    assert refusal(probes, fail=fail) == (502, "Internal server error")


def test_an_api_that_is_not_deployed_is_refused(probes: Probes):
    with pytest.raises(InvalidStatus) as refused:
        dial(probes.local.gateway, probes.whole._replace(id="unknown"))
    assert refused.value.response.status_code == 403


def test_what_is_vouched_for_comes_back_as_strings(probes: Probes):
    with dial(probes.local.gateway, probes.whole) as socket:
        vouched = ask(socket, do="event")["requestContext"]["authorizer"]
    assert isinstance(vouched.pop("integrationLatency"), int)
    assert vouched == {"principalId": "somebody", "observer": "", "number": "7", "yes": "true"}


@pytest.mark.parametrize("chosen", ["b", None])
def test_the_protocol_is_the_one_that_the_connect_function_chooses(probes: Probes, chosen: str | None):
    query = {"protocol": chosen} if chosen else {}
    with dial(probes.local.gateway, probes.whole, options={"subprotocols": ["a", "b"]}, **query) as socket:
        assert socket.subprotocol == chosen


def test_parleys_own_protocol_is_echoed(deployment: Deployment, alice: User):
    with open_socket(deployment, deployment.tokens(alice)["AccessToken"]) as socket:
        assert socket.subprotocol == "parley.v1"


def test_a_connection_cannot_be_posted_to_before_it_is_open(probes: Probes):
    url = f"{probes.local.gateway.endpoint}{probes.whole.path}"
    with dial(probes.local.gateway, probes.whole, post=url, options={"subprotocols": ["post-410"]}) as socket:
        assert socket.subprotocol == "post-410"
