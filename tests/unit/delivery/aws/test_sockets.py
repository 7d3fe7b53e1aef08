"""What follows from each answer that API Gateway may give to a post."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from parley.core.aws import clients
from parley.core.aws.threads import Threads
from parley.delivery.aws.sockets import GatewaySockets
from parley.delivery.ports import Delivery

URL = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live"


@pytest.fixture
def client() -> Any:
    return clients.connections_api(URL)


def post(client: Any, *answers: tuple[str, int] | None) -> Delivery:
    """Post once, while API Gateway gives these answers in turn; None is success."""
    with Stubber(client) as stub:
        for answer in answers:
            if answer is None:
                stub.add_response("post_to_connection", {})
            else:
                stub.add_client_error("post_to_connection", answer[0], http_status_code=answer[1])
        [end] = GatewaySockets(client, Threads(1)).post(["c1"], b"{}")
        stub.assert_no_pending_responses()
    return end


def test_a_taken_frame_is_done(client: Any):
    assert post(client, None) is Delivery.DONE


@pytest.mark.parametrize("answer", [("GoneException", 410), ("BadRequestException", 400)])
def test_a_socket_that_will_never_work_again_is_gone(client: Any, answer: tuple[str, int]):
    assert post(client, answer) is Delivery.GONE


def test_a_slow_reader_is_left_to_the_notifier(client: Any):
    assert post(client, ("LimitExceededException", 429)) is Delivery.LATER


@pytest.mark.parametrize(
    "answer", [("ForbiddenException", 403), ("AccessDeniedException", 403), ("PayloadTooLargeException", 413)]
)
def test_our_own_mistake_does_not_make_sockets_dead(client: Any, answer: tuple[str, int]):
    assert post(client, answer) is Delivery.REFUSED


def test_a_fault_on_the_way_is_tried_once_more(client: Any):
    assert post(client, ("InternalServerError", 500), None) is Delivery.DONE
    assert post(client, ("ServiceUnavailable", 503), ("ServiceUnavailable", 503)) is Delivery.LATER
    assert post(client, ("InternalServerError", 500), ("GoneException", 410)) is Delivery.GONE


def test_no_connection_to_the_api_never_raises(monkeypatch: pytest.MonkeyPatch):
    client = boto3.client("apigatewaymanagementapi", endpoint_url=URL)

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url=URL)

    monkeypatch.setattr(client, "post_to_connection", fail)
    assert GatewaySockets(client, Threads(1)).post(["c1"], b"{}") == [Delivery.LATER]


def test_one_failure_among_many_leaves_the_others_and_the_order(client: Any, monkeypatch: pytest.MonkeyPatch):
    def answer(**call: Any) -> None:
        if call["ConnectionId"] == "c3":
            raise client.exceptions.GoneException({"ResponseMetadata": {"HTTPStatusCode": 410}}, "PostToConnection")

    monkeypatch.setattr(client, "post_to_connection", answer)
    ends = GatewaySockets(client, Threads(4)).post([f"c{i}" for i in range(6)], b"{}")
    assert [e is Delivery.GONE for e in ends] == [i == 3 for i in range(6)]


@pytest.mark.parametrize(("status", "end"), [(410, Delivery.GONE), (429, Delivery.LATER), (500, Delivery.LATER)])
def test_closing_never_raises_and_tells_what_may_still_be_open(client: Any, status: int, end: Delivery):
    with Stubber(client) as stub:
        stub.add_client_error("delete_connection", "SomeException", http_status_code=status)
        assert GatewaySockets(client, Threads(1)).close(["c1"]) == [end]
